import { KnownField, type RequestHead } from '../../parser/index.ts'
import type { LineBuffer } from './line-buffer.ts'
import { requestLogEntry, type SentResponse } from './request-log-entry.ts'

/** Appends the access log line of a response. */
export type LineForm = (lines: LineBuffer, response: SentResponse) => void

/** The Combined Log Format of nginx and Apache, which log analysers read. */
export function combinedForm(): LineForm {
  const time = new LogTime()
  return (lines, { remoteAddress, wallMs, head, status, bytes }) => {
    lines.text(remoteAddress)
    lines.text(time.at(wallMs))
    if (head === undefined) lines.text('-')
    else {
      lines.quoted(head.bytes, head.base, head.base + head.methodEnd)
      lines.text(' ')
      lines.quoted(head.bytes, head.base + head.targetStart, head.base + head.targetEnd)
      lines.text(' HTTP/1.')
      lines.number(head.minorVersion)
    }
    lines.text('" ')
    lines.number(status)
    lines.text(' ')
    lines.number(bytes)
    lines.text(' "')
    appendField(lines, head, KnownField.Referer)
    lines.text('" "')
    appendField(lines, head, KnownField.UserAgent)
    lines.text('"\n')
  }
}

/** One JSON object per line, in ASCII. */
export function jsonForm(): LineForm {
  return (lines, response) => {
    const { wallMs, durationMs, ...entry } = requestLogEntry(response)
    const time = new Date(wallMs).toISOString()
    const roundedMs = Math.round(durationMs * 1000) / 1000
    const json = JSON.stringify({ time, ...entry, durationMs: roundedMs })
    lines.text(json.replace(/[\x7f-\xff]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`))
    lines.text('\n')
  }
}

/** Appends the value of a field, with its field lines combined (RFC 9110 §5.3), or `-`. */
function appendField(lines: LineBuffer, head: RequestHead | undefined, field: KnownField): void {
  const first = head?.find(field) ?? -1
  if (head === undefined || first === -1) return lines.text('-')
  const { bytes, base } = head
  for (let line = first; line < head.fieldCount; line++) {
    if (head.fieldKind(line) !== field) continue
    if (line > first) lines.text(', ')
    lines.quoted(bytes, base + head.fieldValueStart(line), base + head.fieldValueEnd(line))
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Formats the part of a line between the address and the request, and caches it for a second. */
class LogTime {
  #second = Number.NaN
  #text = ''

  at(wallMs: number): string {
    const second = Math.floor(wallMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      const iso = new Date(wallMs).toISOString()
      const month = MONTHS[Number(iso.slice(5, 7)) - 1]
      this.#text = ` - - [${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000] "`
    }
    return this.#text
  }
}
