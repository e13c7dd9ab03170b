import { chooseCoding, type FieldLine, StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ContentCoder } from '../files/content-coder.ts'

/** Responds with plain text, gzip-compressed if the client accepts that. */
export async function respondText(
  exchange: Exchange,
  bytes: Uint8Array,
  coder: ContentCoder,
): Promise<void> {
  const fields: FieldLine[] = [
    ['Content-Type', 'text/plain'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Vary', 'Accept-Encoding'],
  ]
  const coding = chooseCoding(exchange.head.field('accept-encoding'), ['gzip'])
  if (coding === undefined) return exchange.send(planText(StatusCode.NotAcceptable))
  if (coding === 'identity') return exchange.respond(StatusCode.Ok, fields, bytes)
  exchange.respond(
    StatusCode.Ok,
    [...fields, ['Content-Encoding', coding]],
    await coder.compress(bytes, coding),
  )
}
