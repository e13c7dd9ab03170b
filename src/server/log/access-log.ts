import type { Clock } from '../connection/clock.ts'
import { combinedForm, jsonForm, type LineForm } from './access-log-line.ts'
import { LineBuffer } from './line-buffer.ts'
import type { LineOutput } from './line-output.ts'
import type { SentResponse } from './request-log-entry.ts'

/** Lines are buffered up to this size and this long, and then written at once. */
const BUFFER_BYTES_MAX = 16 * 1024
const FLUSH_INTERVAL_MS = 250
/**
 * POSIX PIPE_BUF: the kernel does not mix writes of up to this many bytes to a pipe with the writes
 * of other processes.
 */
const PIPE_BUF = 4096
/** How long `close()` waits for such a reader. */
const CLOSE_TIMEOUT_MS = 1000

export type AccessLogOptions = {
  readonly form: 'combined' | 'json'
  /** Where the lines are written: stdout. */
  readonly output: LineOutput
  /** Whether other processes write to the same output. */
  readonly shared: boolean
  readonly clock: Clock
  /** Called with a message when lines are dropped, or cannot be written. */
  readonly onProblem: (message: string) => void
}

/** Writes one line per response. Each write consists of whole lines. */
export class AccessLog {
  readonly #output: LineOutput
  readonly #append: LineForm
  readonly #bufferBytesMax: number
  readonly #onProblem: (message: string) => void
  readonly #stopFlushing: () => void
  readonly #buffer = new LineBuffer()

  constructor({ form, output, shared, clock, onProblem }: AccessLogOptions) {
    this.#output = output
    this.#append = form === 'json' ? jsonForm() : combinedForm()
    this.#bufferBytesMax = shared ? PIPE_BUF : BUFFER_BYTES_MAX
    this.#onProblem = onProblem
    this.#stopFlushing = clock.every(FLUSH_INTERVAL_MS, () => this.#flush())
    output.observer = {
      onFailure: reason => onProblem(`access log lines are dropped: ${reason}`),
      onRecovery: (lines, reason) => onProblem(`${lines} access log lines were dropped: ${reason}`),
    }
  }

  write(response: SentResponse): void {
    const buffer = this.#buffer
    const before = buffer.length
    this.#append(buffer, response)
    if (buffer.length > this.#bufferBytesMax && before > 0)
      this.#output.write(buffer.takeFront(before))
  }

  /** Flushes. Resolves when all lines are written, or after a second if the reader has stalled. */
  async close(): Promise<void> {
    this.#stopFlushing()
    this.#flush()
    await this.#output.drain(CLOSE_TIMEOUT_MS)
    const { queuedBytes } = this.#output
    if (queuedBytes > 0)
      this.#onProblem(
        `${queuedBytes} bytes of the access log are not written: the reader of stdout has stalled`,
      )
  }

  #flush(): void {
    const { length } = this.#buffer
    if (length > 0) this.#output.write(this.#buffer.takeFront(length))
  }
}
