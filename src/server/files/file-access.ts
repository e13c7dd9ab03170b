import type { Config } from '../config/config.ts'
import type { DirectFileSystem, ReadCalls } from './file-system.ts'
import type { FilePlatform } from './platform.ts'

/**
 * A procedure that reads files. It yields the calls that it needs, and whoever runs it decides how
 * each is made: directly, or in a thread. So there is one procedure for both.
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
const DIRECT_READ_BYTES_MAX = 64 * 1024
/** A call that takes longer shows that the disk is slow, or busy. */
const SLOW_CALL_MS = 4
/** How long calls are made in threads after a slow one. */
const THREADS_MS = 10_000

/**
 * Runs the file operations of one root. On a fast local disk a call costs 2 to 7 µs, and handing it
 * to a thread of libuv 10 to 30 µs more.
 */
export class FileAccess {
  readonly #threads: ReadCalls
  readonly #direct: DirectFileSystem | undefined
  readonly #isAdaptive: boolean
  readonly #nowMs: () => number
  #directFromMs = 0

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
    return this.#directFromMs === 0 || this.#nowMs() >= this.#directFromMs
      ? this.#direct
      : undefined
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

  /** Notes how long a direct call took: after a slow one, calls are made in threads for a while. */
  measure(startMs: number): void {
    if (!this.#isAdaptive) return
    const nowMs = this.#nowMs()
    if (nowMs - startMs > SLOW_CALL_MS) this.#directFromMs = nowMs + THREADS_MS
  }

  /** Returns undefined if the call cannot be made directly. */
  #makeDirectly(asked: FileCall | Promise<unknown>): Made | undefined {
    const { direct } = this
    if (direct === undefined || asked instanceof Promise || !isQuick(asked)) return undefined
    const startMs = this.#nowMs()
    try {
      const calls = direct as unknown as Record<string, (...args: readonly unknown[]) => unknown>
      return { isError: false, value: calls[asked.name]!(...asked.args) }
    } catch (error) {
      return { isError: true, value: error }
    } finally {
      this.measure(startMs)
    }
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
