import { Event, KnownField, type RequestHead, RequestParser } from '../../src/parser/index.ts'

/** The parts of a request in a log line, one character per byte. The target has at least one. */
export type LoggedParts = {
  readonly target: string
  readonly referer: string
  readonly userAgent: string
}

/** Parses a head, then overwrites its parts, so that they may be what no client could send. */
export function headWith({ target, referer, userAgent }: LoggedParts): RequestHead {
  const x = (text: string): string => 'x'.repeat(text.length)
  const bytes = Buffer.from(
    `GET /${x(target).slice(1)} HTTP/1.1\r\nHost: a\r\nReferer: ${x(referer)}\r\nUser-Agent: ${x(userAgent)}\r\n\r\n`,
  )
  const parser = new RequestParser()
  parser.feed(bytes)
  if (parser.next() !== Event.Head) throw parser.error
  const { head } = parser
  bytes.write(target, head.targetStart, 'latin1')
  bytes.write(referer, head.fieldValueStart(head.find(KnownField.Referer)), 'latin1')
  bytes.write(userAgent, head.fieldValueStart(head.find(KnownField.UserAgent)), 'latin1')
  return head
}

/** Parses the head of a request without content. */
export function headOf(requestLine: string, ...lines: readonly string[]): RequestHead {
  const parser = new RequestParser()
  parser.feed(Buffer.from([requestLine, ...lines, '', ''].join('\r\n'), 'latin1'))
  if (parser.next() !== Event.Head) throw parser.error
  return parser.head
}
