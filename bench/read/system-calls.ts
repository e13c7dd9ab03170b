import { readFileSync } from 'node:fs'

/** Counts the reading system calls of a process; undefined where there is no /proc. */
export class ReadCalls {
  readonly #file: string
  /** What looking costs in this process itself. */
  readonly #ownCalls: number

  private constructor(file: string) {
    this.#file = file
    this.#ownCalls = -(readCallsIn(file) - readCallsIn(file))
  }

  static of(pid: number): ReadCalls | undefined {
    const file = pid === process.pid ? '/proc/self/io' : `/proc/${pid}/io`
    try {
      return new ReadCalls(file)
    } catch {
      return undefined
    }
  }

  /** How many were made while something ran. */
  async during(run: () => void | Promise<void>): Promise<number> {
    const before = readCallsIn(this.#file)
    await run()
    return readCallsIn(this.#file) - before - this.#ownCalls
  }
}

function readCallsIn(file: string): number {
  return parseReadCalls(readFileSync(file, 'latin1'))
}

/** `syscr`, of all threads; proc(5). */
export function parseReadCalls(text: string): number {
  const calls = /^syscr: (\d+)$/m.exec(text)?.[1]
  if (calls === undefined) throw new Error('/proc/PID/io does not tell system calls here')
  return Number(calls)
}
