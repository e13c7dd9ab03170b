import { Event, KnownField, type RequestHead, RequestParser } from '../../src/parser/index.ts'

/** What a log line tells of a request, one char a byte; of the target one at least. */
export type Told = { readonly target: string; readonly referer: string; readonly userAgent: string }

/** A head that says this, be it what no client could send. */
export function headWith({ target, referer, userAgent }: Told): RequestHead {
  const x = (text: string): string => 'x'.repeat(text.length)
  const wire = Buffer.from(
    `GET /${x(target).slice(1)} HTTP/1.1\r\nHost: a\r\nReferer: ${x(referer)}\r\nUser-Agent: ${x(userAgent)}\r\n\r\n`,
  )
  const parser = new RequestParser()
  parser.feed(wire)
  if (parser.next() !== Event.Head) throw parser.error
  const { head } = parser
  wire.write(target, head.targetStart, 'latin1')
  wire.write(referer, head.fieldValueStart(head.find(KnownField.Referer)), 'latin1')
  wire.write(userAgent, head.fieldValueStart(head.find(KnownField.UserAgent)), 'latin1')
  return head
}
