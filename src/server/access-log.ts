import sonicBoom from 'sonic-boom'
import type { AnswerRecord } from './server-context.ts'

/** Lines are gathered until there are so many bytes, or so long, and then written at once: whole lines in each write. */
const BATCH_BYTES_MAX = 16 * 1024
const BATCH_MS = 250
/** Writes of up to this many bytes to a pipe are never mixed with those of other processes (POSIX PIPE_BUF). */
const PIPE_BUF = 4096
/** Lines that wait for a reader that does not read; beyond that they are dropped, and counted. */
const QUEUE_BYTES_MAX = 1024 * 1024

export type AccessLogForm = 'combined' | 'json'

/** One line per answer, on stdout. */
export class AccessLog {
  readonly #stream: sonicBoom.SonicBoom
  readonly #format: (record: AnswerRecord) => string
  #dropped = 0

  /** `shared`: other processes write there too. `onProblem` is told of lines that were dropped, once they can be counted. */
  constructor(form: AccessLogForm, shared: boolean, onProblem: (message: string) => void, fd = 1) {
    this.#format = form === 'json' ? formatJson : formatCombined
    const maxWrite = shared ? PIPE_BUF : BATCH_BYTES_MAX
    this.#stream = new sonicBoom.SonicBoom({
      fd,
      sync: false,
      minLength: maxWrite - 1,
      maxWrite,
      maxLength: QUEUE_BYTES_MAX,
      periodicFlush: BATCH_MS,
    })
    this.#stream.on('drop', () => {
      this.#dropped++
    })
    this.#stream.on('drain', () => {
      if (this.#dropped > 0) onProblem(`${this.#dropped} access log lines were dropped: nobody read them`)
      this.#dropped = 0
    })
    this.#stream.on('error', error => onProblem(`the access log cannot be written: ${error.message}`))
  }

  write(record: AnswerRecord): void {
    this.#stream.write(this.#format(record))
  }

  /** Writes what is queued. */
  flush(): void {
    this.#stream.flushSync()
  }
}

/** The Combined Log Format that nginx and Apache write, and that log readers know. */
export function formatCombined(record: AnswerRecord): string {
  const { remote, wallMs, method, target, version, status, bytes, referer, userAgent } = record
  const request = method === '-' ? '-' : `${method} ${target} HTTP/${version}`
  return `${remote} - - [${formatClf(wallMs)}] "${quoted(request)}" ${status} ${bytes} "${quoted(referer)}" "${quoted(userAgent)}"\n`
}

export function formatJson({ wallMs, durationMs, ...record }: AnswerRecord): string {
  const time = new Date(wallMs).toISOString()
  return `${JSON.stringify({ time, ...record, durationMs: Math.round(durationMs * 1000) / 1000 })}\n`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 22/Nov/2026:13:05:09 +0000 */
function formatClf(wallMs: number): string {
  const iso = new Date(wallMs).toISOString()
  const month = MONTHS[Number(iso.slice(5, 7)) - 1]
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}

/** What could end the quotes or the line, or move a terminal's cursor, is written as nginx does: \xHH. */
function quoted(text: string): string {
  return text.replace(
    /["\\\x00-\x1f\x7f-\xff]/g,
    char => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
