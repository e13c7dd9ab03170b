import { readFileSync } from 'node:fs'

/** Counts the read system calls of a process. */
export class ReadCalls {
  readonly #file: string
  /** The read calls that reading the counter itself makes. */
  readonly #ownCalls: number

  private constructor(file: string) {
    this.#file = file
    this.#ownCalls = -(readCallsIn(file) - readCallsIn(file))
  }

  /** @returns undefined if there is no /proc. */
  static of(pid: number): ReadCalls | undefined {
    const file = pid === process.pid ? '/proc/self/io' : `/proc/${pid}/io`
    try {
      return new ReadCalls(file)
    } catch {
      return undefined
    }
  }

  /** Runs a function and returns how many read calls the process made meanwhile. */
  async during(run: () => void | Promise<void>): Promise<number> {
    const before = readCallsIn(this.#file)
    await run()
    return readCallsIn(this.#file) - before - this.#ownCalls
  }
}

function readCallsIn(file: string): number {
  return parseReadCalls(readFileSync(file, 'latin1'))
}

/** Returns `syscr`, which counts for all threads; proc(5). */
export function parseReadCalls(text: string): number {
  const calls = /^syscr: (\d+)$/m.exec(text)?.[1]
  if (calls === undefined) throw new Error('/proc/PID/io does not count system calls here')
  return Number(calls)
}
