import type { Config } from '../config/config.ts'
import type { DirectFileSystem, ReadCalls } from './file-system.ts'
import type { FilePlatform } from './platform.ts'

/**
 * A procedure that reads files. It yields the calls that it needs, and the caller decides how each
 * is made: directly, or in a thread. So there is one procedure for both.
 */
export type FileOperation<T> = Generator<FileCall | Promise<unknown>, T, unknown>

type FileCall = { readonly name: keyof ReadCalls; readonly args: readonly unknown[] }

/** Makes a call within an operation. Throws the errors of the file system. */
export function* call<Name extends keyof ReadCalls>(
  name: Name,
  ...args: Parameters<ReadCalls[Name]>
): FileOperation<Awaited<ReturnType<ReadCalls[Name]>>> {
  return (yield { name, args }) as Awaited<ReturnType<ReadCalls[Name]>>
}

/** Waits for a promise within an operation. */
export function* wait<T>(promise: Promise<T>): FileOperation<T> {
  return (yield promise) as T
}

/** Chooses how the calls for one root are made. */
export async function openAccess(
  root: string,
  mode: Config['fileAccess'],
  { fileSystem, directFileSystem }: FilePlatform,
): Promise<FileAccess> {
  const isDirect = mode === 'direct' || (mode === 'auto' && (await fileSystem.isLocal(root)))
  return new FileAccess(fileSystem, isDirect ? directFileSystem : undefined, mode === 'auto')
}

/** A longer read is made in a thread: it would hold the event loop for too long. */
export const DIRECT_READ_BYTES_MAX: number = 64 * 1024
/** A call that takes longer shows that the disk is slow, or that the process had to wait. */
const SLOW_CALL_MS = 5
/** How long calls are made in threads after a slow one: twice as long if the next ones are slow. */
const PAUSE_MS_MIN = 10
const PAUSE_MS_MAX = 10_000
/** After so much time without a slow call, the next one is taken for an exception. */
const QUICK_MS_MIN = 30

/**
 * Runs the file operations of one root. On a fast local disk a call costs 2 to 7 µs, and handing it
 * to a thread of libuv 10 to 30 µs more.
 */
export class FileAccess {
  readonly #threads: ReadCalls
  readonly #direct: DirectFileSystem | undefined
  readonly #isAdaptive: boolean
  readonly #nowMs: () => number
  #directFromMs = Number.NEGATIVE_INFINITY
  #pauseMs = 0

  /**
   * Without `direct`, all calls are made in threads; with `isAdaptive`, also for a while after a
   * slow call. `nowMs` has fractions of milliseconds.
   */
  constructor(
    threads: ReadCalls,
    direct: DirectFileSystem | undefined,
    isAdaptive: boolean,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#threads = threads
    this.#direct = direct
    this.#isAdaptive = isAdaptive
    this.#nowMs = nowMs
  }

  /** The calls to make directly, undefined if calls are made in threads at the moment. */
  get direct(): DirectFileSystem | undefined {
    if (this.#pauseMs === 0) return this.#direct
    return this.#nowMs() < this.#directFromMs ? undefined : this.#direct
  }

  /** Runs an operation. Returns a promise only if something in it has to be waited for. */
  run<T>(operation: FileOperation<T>): T | Promise<T> {
    let step = operation.next()
    while (!step.done) {
      const made = this.#makeDirectly(step.value)
      if (made === undefined) return this.#continue(operation, step)
      step = made.isError ? operation.throw(made.value) : operation.next(made.value)
    }
    return step.value
  }

  async #continue<T>(
    operation: FileOperation<T>,
    from: IteratorResult<FileCall | Promise<unknown>, T>,
  ): Promise<T> {
    let step = from
    while (!step.done) {
      const asked = step.value
      const made = this.#makeDirectly(asked) ?? (await this.#makeInThread(asked))
      step = made.isError ? operation.throw(made.value) : operation.next(made.value)
    }
    return step.value
  }

  /** Makes calls directly. Returns undefined if that is not possible now, or one of them fails. */
  tryDirectly<T>(makeCalls: (direct: DirectFileSystem) => T): T | undefined {
    const { direct } = this
    if (direct === undefined) return undefined
    try {
      return this.#measure(() => makeCalls(direct))
    } catch {
      return undefined
    }
  }

  /** Returns undefined if the call cannot be made directly. */
  #makeDirectly(asked: FileCall | Promise<unknown>): Made | undefined {
    const { direct } = this
    if (direct === undefined || asked instanceof Promise || !isQuick(asked)) return undefined
    const calls = direct as unknown as Record<string, (...args: readonly unknown[]) => unknown>
    try {
      return { isError: false, value: this.#measure(() => calls[asked.name]!(...asked.args)) }
    } catch (error) {
      return { isError: true, value: error }
    }
  }

  #measure<T>(make: () => T): T {
    if (!this.#isAdaptive) return make()
    const startMs = this.#nowMs()
    try {
      return make()
    } finally {
      const endMs = this.#nowMs()
      if (endMs - startMs > SLOW_CALL_MS) this.#pause(startMs, endMs)
    }
  }

  /** From now on, calls are made in threads for a while. */
  #pause(startMs: number, endMs: number): void {
    const isAgain = startMs - this.#directFromMs < QUICK_MS_MIN
    this.#pauseMs = isAgain ? Math.min(2 * this.#pauseMs, PAUSE_MS_MAX) : PAUSE_MS_MIN
    this.#directFromMs = endMs + this.#pauseMs
  }

  async #makeInThread(asked: FileCall | Promise<unknown>): Promise<Made> {
    try {
      if (asked instanceof Promise) return { isError: false, value: await asked }
      const calls = this.#threads as unknown as Record<
        string,
        (...args: readonly unknown[]) => Promise<unknown>
      >
      return { isError: false, value: await calls[asked.name]!(...asked.args) }
    } catch (error) {
      return { isError: true, value: error }
    }
  }
}

type Made = { readonly isError: boolean; readonly value: unknown }

function isQuick({ name, args }: FileCall): boolean {
  if (name === 'read') return (args[2] as number) <= DIRECT_READ_BYTES_MAX
  return name !== 'list'
}
