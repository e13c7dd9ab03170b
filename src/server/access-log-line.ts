import type { AnswerRecord } from './answer-record.ts'

/** A record as a line of the Combined Log Format, which nginx and Apache write and log readers know. */
export function combinedLine(record: AnswerRecord): string {
  const { remote, wallMs, method, target, version, status, bytes, referer, userAgent } = record
  const request = method === '-' ? '-' : `${method} ${target} HTTP/${version}`
  return `${remote} - - [${clfTime(wallMs)}] "${quoted(request)}" ${status} ${bytes} "${quoted(referer)}" "${quoted(userAgent)}"\n`
}

/** A record as one line of JSON, in ASCII. */
export function jsonLine({ wallMs, durationMs, ...record }: AnswerRecord): string {
  const time = new Date(wallMs).toISOString()
  const json = JSON.stringify({ time, ...record, durationMs: Math.round(durationMs * 1000) / 1000 })
  return `${json.replace(/[\x7f-\xff]/g, char => `\\u00${hex(char)}`)}\n`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 22/Nov/2026:13:05:09 +0000 */
function clfTime(wallMs: number): string {
  const iso = new Date(wallMs).toISOString()
  const month = MONTHS[Number(iso.slice(5, 7)) - 1]
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}

/** What could end the quotes or the line, or move a terminal's cursor, is written as nginx does: \xHH. */
function quoted(text: string): string {
  return text.replace(/["\\\x00-\x1f\x7f-\xff]/g, char => `\\x${hex(char).toUpperCase()}`)
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, '0')
}
