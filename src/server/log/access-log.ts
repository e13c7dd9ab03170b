import type { Writable } from 'node:stream'
import type { Clock } from '../connection/clock.ts'
import { combinedForm, jsonForm, type LineForm } from './access-log-line.ts'
import { LineBatch } from './line-buffer.ts'
import type { SentResponse } from './request-log-entry.ts'

/** Lines are gathered until there are so many bytes, or so long, and then written at once. */
const BATCH_BYTES = 16 * 1024
const BATCH_MS = 250
/** Writes of up to this many bytes to a pipe are not mixed with those of other processes (POSIX PIPE_BUF). */
const PIPE_BUF = 4096
/** What may wait for a reader that does not read. Lines beyond that are dropped, and counted. */
const QUEUE_BYTES_MAX = 1024 * 1024
/** How long such a reader may hold up the end. */
const CLOSE_MS = 1000

export type AccessLogOptions = {
  readonly form: 'combined' | 'json'
  /** Where lines go: stdout. */
  readonly stream: Writable
  /** Whether other processes write there too. */
  readonly shared: boolean
  readonly clock: Clock
  /** Told of lines that were dropped, and of a stream that cannot be written. */
  readonly onProblem: (message: string) => void
}

/** One line per answer, whole lines in each write. A reader that stalls loses lines, and holds up nobody. */
export class AccessLog {
  readonly #stream: Writable
  readonly #append: LineForm
  readonly #batchBytes: number
  readonly #onProblem: (message: string) => void
  readonly #stopFlushing: () => void
  readonly #batch = new LineBatch()
  #dropped = 0
  #broken = false

  constructor({ form, stream, shared, clock, onProblem }: AccessLogOptions) {
    this.#stream = stream
    this.#append = form === 'json' ? jsonForm() : combinedForm()
    this.#batchBytes = shared ? PIPE_BUF : BATCH_BYTES
    this.#onProblem = onProblem
    this.#stopFlushing = clock.every(BATCH_MS, () => this.#flush())
    stream.on('error', this.#onError)
  }

  readonly #onError = (error: Error): void => {
    if (!this.#broken) this.#onProblem(`the access log ends: ${error.message}`)
    this.#broken = true
  }

  write(answer: SentResponse): void {
    if (this.#broken) return
    const batch = this.#batch
    const before = batch.length
    this.#append(batch, answer)
    if (this.#stream.writableLength + batch.length - before > QUEUE_BYTES_MAX) {
      batch.length = before
      this.#dropped++
    } else if (batch.length > this.#batchBytes && before > 0)
      this.#stream.write(batch.takeFront(before))
  }

  /** Resolves when all lines are written, or the reader has not read for a second. */
  async close(): Promise<void> {
    this.#stopFlushing()
    this.#flush()
    await this.#drained()
    this.#reportDropped()
    const left = this.#stream.writableLength
    // A reader that stalls may still die, and what is queued for it then is an error of the stream.
    if (left > 0) this.#onProblem(`${left} bytes of the access log were lost, for nobody read them`)
    else this.#stream.off('error', this.#onError)
  }

  async #drained(): Promise<void> {
    if (this.#broken || this.#stream.writableLength === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, CLOSE_MS)
    })
    await Promise.race([
      late,
      new Promise<void>(resolve => this.#stream.write('', () => resolve())),
    ])
    clearTimeout(timer)
  }

  #flush(): void {
    const { length } = this.#batch
    if (length > 0 && !this.#broken) this.#stream.write(this.#batch.takeFront(length))
    if (this.#stream.writableLength === 0) this.#reportDropped()
  }

  #reportDropped(): void {
    if (this.#dropped > 0)
      this.#onProblem(`${this.#dropped} access log lines were dropped, for nobody read them`)
    this.#dropped = 0
  }
}
