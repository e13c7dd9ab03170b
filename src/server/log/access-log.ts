import type { Writable } from 'node:stream'
import type { Clock } from '../connection/clock.ts'
import { combinedForm, jsonForm, type LineForm } from './access-log-line.ts'
import { LineBuffer } from './line-buffer.ts'
import type { SentResponse } from './request-log-entry.ts'

/** Lines are buffered up to this size and this long, and then written at once. */
const BUFFER_BYTES_MAX = 16 * 1024
const FLUSH_INTERVAL_MS = 250
/**
 * POSIX PIPE_BUF: the kernel does not mix writes of up to this many bytes to a pipe with the writes
 * of other processes.
 */
const PIPE_BUF = 4096
/** The most that is queued for a reader that has stalled. Lines beyond that are dropped. */
const QUEUE_BYTES_MAX = 1024 * 1024
/** How long `close()` waits for such a reader. */
const CLOSE_TIMEOUT_MS = 1000

export type AccessLogOptions = {
  readonly form: 'combined' | 'json'
  /** Where the lines are written: stdout. */
  readonly stream: Writable
  /** Whether other processes write to the same stream. */
  readonly shared: boolean
  readonly clock: Clock
  /** Called with a message when lines are dropped or the stream fails. */
  readonly onProblem: (message: string) => void
}

/**
 * Writes one line per response. Each write consists of whole lines. If the reader of the stream
 * stalls, lines are dropped and the server does not wait.
 */
export class AccessLog {
  readonly #stream: Writable
  readonly #append: LineForm
  readonly #bufferBytesMax: number
  readonly #onProblem: (message: string) => void
  readonly #stopFlushing: () => void
  readonly #buffer = new LineBuffer()
  #dropped = 0
  #broken = false

  constructor({ form, stream, shared, clock, onProblem }: AccessLogOptions) {
    this.#stream = stream
    this.#append = form === 'json' ? jsonForm() : combinedForm()
    this.#bufferBytesMax = shared ? PIPE_BUF : BUFFER_BYTES_MAX
    this.#onProblem = onProblem
    this.#stopFlushing = clock.every(FLUSH_INTERVAL_MS, () => this.#flush())
    stream.on('error', this.#onError)
  }

  readonly #onError = (error: Error): void => {
    if (!this.#broken) this.#onProblem(`the access log has stopped: ${error.message}`)
    this.#broken = true
  }

  write(response: SentResponse): void {
    if (this.#broken) return
    const buffer = this.#buffer
    const before = buffer.length
    this.#append(buffer, response)
    if (this.#stream.writableLength + buffer.length - before > QUEUE_BYTES_MAX) {
      buffer.length = before
      this.#dropped++
    } else if (buffer.length > this.#bufferBytesMax && before > 0)
      this.#stream.write(buffer.takeFront(before))
  }

  /** Flushes. Resolves when all lines are written, or after a second if the reader has stalled. */
  async close(): Promise<void> {
    this.#stopFlushing()
    this.#flush()
    await this.#waitForDrain()
    this.#reportDropped()
    const left = this.#stream.writableLength
    if (left === 0) this.#stream.off('error', this.#onError)
    // The listener stays: if the stalled reader goes away, the stream fails with EPIPE.
    else
      this.#onProblem(`${left} bytes of the access log were lost: the reader of stdout has stalled`)
  }

  async #waitForDrain(): Promise<void> {
    if (this.#broken || this.#stream.writableLength === 0) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>(resolve => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)
    })
    await Promise.race([
      timeout,
      new Promise<void>(resolve => this.#stream.write('', () => resolve())),
    ])
    clearTimeout(timer)
  }

  #flush(): void {
    const { length } = this.#buffer
    if (length > 0 && !this.#broken) this.#stream.write(this.#buffer.takeFront(length))
    if (this.#stream.writableLength === 0) this.#reportDropped()
  }

  #reportDropped(): void {
    if (this.#dropped > 0)
      this.#onProblem(
        `${this.#dropped} access log lines were dropped: the reader of stdout was too slow`,
      )
    this.#dropped = 0
  }
}
