import { constants, fstatSync, openSync, write, writeSync } from 'node:fs'

/** The most that waits for a reader that has stalled, or for a disk. Lines beyond are dropped. */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024
/** A full pipe is tried again after this time, which doubles up to the maximum. */
const RETRY_MIN_MS = 1
const RETRY_MAX_MS = 64
/** After a write has failed, lines are dropped this long before the next is tried. */
const FAILURE_PAUSE_MS = 1000
/** How long the end of the process waits for a reader that accepts nothing. */
const FLUSH_TIMEOUT_MS = 1000
const FLUSH_POLL_MS = 5

const LINE_FEED = 0x0a
const NOTHING: Uint8Array = new Uint8Array(0)

/** Called when lines begin to be dropped because writes fail, and when writes succeed again. */
export type OutputObserver = {
  readonly onFailure?: (reason: string) => void
  readonly onRecovery?: (droppedLines: number, reason: string) => void
}

/** Where whole lines are written. A process may have several logs for one output. */
export interface LineOutput {
  observer: OutputObserver
  /** Bytes that are not written yet. */
  readonly queuedBytes: number
  /** Takes whole lines, and copies those that it cannot write at once. */
  write(lines: Uint8Array): void
  /** Resolves when everything is written, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>
}

/**
 * Writes lines to a descriptor and never waits for it: what a pipe does not accept is queued up to
 * a limit, and dropped and counted beyond that. So is what cannot be written, for example to a full
 * disk or a closed pipe; a later line is tried again.
 */
export class DescriptorOutput implements LineOutput {
  observer: OutputObserver = {}
  /** Lines dropped since the process started. */
  droppedLines = 0
  readonly #inherited: number
  #target: Target | undefined
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  /** Whether a thread is writing the head of the queue to a file. */
  #isWriting = false
  #retryMs = RETRY_MIN_MS
  #retry: NodeJS.Timeout | undefined
  #progressMs = 0
  #failedUntilMs = 0
  #isFailing = false
  /** Dropped lines that are not reported yet. */
  #dropped = 0
  #reason = ''
  /** Whether the last line that was written lacks its end. */
  #isTorn = false
  readonly #onEmpty: (() => void)[] = []

  constructor(descriptor: number) {
    this.#inherited = descriptor
  }

  /** Opens the descriptor now: later the process may lack the rights. */
  open(): void {
    this.#open()
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  write(lines: Uint8Array): void {
    const nowMs = monotonicMs()
    if (nowMs < this.#failedUntilMs) return this.#drop(lines, this.#reason)
    if (this.#queuedBytes + lines.length > QUEUE_BYTES_MAX)
      return this.#drop(lines, 'its reader was too slow')
    if (this.#queue.length > 0) return this.#enqueue(lines)
    this.#progressMs = nowMs
    const whole = this.#isTorn ? Buffer.concat([Buffer.of(LINE_FEED), lines]) : lines
    const rest = this.#open().isFile ? whole : this.#writeNow(whole)
    if (rest.length === 0) return this.#recover()
    this.#enqueue(rest)
    this.#proceed()
  }

  async drain(timeoutMs: number): Promise<void> {
    if (this.#queue.length === 0) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#onEmpty.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** At the end of the process: writes what is queued, while the reader accepts it. */
  flush(): void {
    // The process ends when the thread has written.
    if (this.#isWriting) this.#queue.shift()
    this.#isWriting = false
    while (true) {
      this.#writeQueue()
      if (this.#queue.length === 0) return
      if (monotonicMs() - this.#progressMs >= FLUSH_TIMEOUT_MS) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FLUSH_POLL_MS)
    }
  }

  #enqueue(lines: Uint8Array): void {
    // The caller owns its bytes again after `write()`.
    this.#queue.push(Buffer.from(lines))
    this.#queuedBytes += lines.length
  }

  #proceed(): void {
    if (this.#open().isFile) return this.#writeFile()
    this.#writeQueue()
    if (this.#queue.length === 0 || this.#retry !== undefined) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#proceed()
    }, this.#retryMs).unref()
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
  }

  #writeQueue(): void {
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!
      const rest = this.#writeNow(first)
      if (this.#queue.length === 0) return
      this.#shift(first.length - rest.length)
      if (rest.length > 0) return
    }
  }

  /** Files are written by a thread of libuv: all that is queued at once. */
  #writeFile(): void {
    if (this.#isWriting || this.#queue.length === 0) return
    this.#isWriting = true
    const joined = Buffer.concat(this.#queue)
    this.#queue.splice(0, this.#queue.length, joined)
    write(this.#open().descriptor, joined, (error, length) => {
      // The process is ending.
      if (!this.#isWriting) return
      this.#isWriting = false
      if (error !== null) this.#fail(error, NOTHING)
      else {
        this.#noteWritten(joined, length)
        this.#shift(length)
      }
      this.#writeFile()
    })
  }

  /** Removes what was written from the head of the queue. */
  #shift(length: number): void {
    this.#queuedBytes -= length
    // ZERO-COPY: the queue owns the memory.
    const rest = this.#queue[0]!.subarray(length)
    if (rest.length > 0) this.#queue[0] = rest
    else this.#queue.shift()
    if (this.#queue.length > 0) return
    this.#settle()
    this.#recover()
  }

  /** Writes bytes as far as that is possible without waiting, and returns the rest. */
  #writeNow(bytes: Uint8Array): Uint8Array {
    const { descriptor, prepare } = this.#open()
    try {
      prepare()
      const length = writeSync(descriptor, bytes)
      this.#noteWritten(bytes, length)
      // ZERO-COPY: a view of the same memory, for its owner.
      return bytes.subarray(length)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return bytes
      this.#fail(error as Error, this.#queue.length === 0 ? bytes : NOTHING)
      return NOTHING
    }
  }

  #noteWritten(bytes: Uint8Array, length: number): void {
    if (length === 0) return
    this.#progressMs = monotonicMs()
    this.#retryMs = RETRY_MIN_MS
    this.#isTorn = bytes[length - 1] !== LINE_FEED
  }

  /** Drops everything, and tries nothing for a while. */
  #fail({ message }: Error, more: Uint8Array): void {
    const isNew = !this.#isFailing
    this.#isFailing = true
    this.#failedUntilMs = monotonicMs() + FAILURE_PAUSE_MS
    for (const lines of this.#queue) this.#drop(lines, message)
    this.#drop(more, message)
    this.#queue.length = 0
    this.#queuedBytes = 0
    if (isNew) this.observer.onFailure?.(message)
    this.#settle()
  }

  #drop(lines: Uint8Array, reason: string): void {
    this.#reason = reason
    let count = 0
    // A line end in front only separates from a torn line.
    for (let at = 1; at < lines.length; at++) if (lines[at] === LINE_FEED) count++
    this.#dropped += count
    this.droppedLines += count
  }

  #recover(): void {
    if (this.#dropped === 0 || monotonicMs() < this.#failedUntilMs) return
    const dropped = this.#dropped
    this.#dropped = 0
    this.#isFailing = false
    this.observer.onRecovery?.(dropped, this.#reason)
  }

  #settle(): void {
    for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  #open(): Target {
    if (this.#target === undefined) {
      this.#target = openTarget(this.#inherited)
      process.on('exit', () => this.flush())
    }
    return this.#target
  }
}

type Target = {
  readonly descriptor: number
  readonly isFile: boolean
  /** Called before each write: other processes may have made a shared descriptor blocking. */
  readonly prepare: () => void
}

/**
 * Opens a pipe or a terminal again, so that its writes do not wait. The inherited descriptor is
 * shared with other processes: whether it blocks is up to all of them, and Node changes that when
 * one of its processes ends.
 */
function openTarget(descriptor: number): Target {
  const prepare = (): void => {}
  if (fstatSync(descriptor).isFile()) return { descriptor, isFile: true, prepare }
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
    const path = `/proc/self/fd/${descriptor}`
    const own = openSync(path, O_WRONLY | O_NONBLOCK | O_NOCTTY)
    return { descriptor: own, isFile: false, prepare }
  } catch {
    // A socket, such as the journal's, or not Linux: libuv stops the waiting.
    const stream = descriptor === 1 ? process.stdout : process.stderr
    const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } }
    return { descriptor, isFile: false, prepare: () => handle?.setBlocking?.(false) }
  }
}

function monotonicMs(): number {
  return process.uptime() * 1000
}

/** The outputs of this process, opened with their first line. */
export const stdoutOutput: DescriptorOutput = new DescriptorOutput(1)
export const stderrOutput: DescriptorOutput = new DescriptorOutput(2)
