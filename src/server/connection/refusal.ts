import { StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import { type SiteHeaders, withSiteHeaders } from '../../response/site-rules.ts'
import type { Transport } from '../transport/transport.ts'
import type { CloseReason } from './close-reason.ts'
import { ResponseWriter } from './response-writer.ts'

/**
 * An error response to a request that is malformed, late or over a limit; the last one. Its code in
 * logs is the reason for which the connection closes, unless it has one of its own.
 */
export type Refusal = readonly [
  status: StatusCode,
  sentence: string,
  reason: CloseReason,
  code?: string,
]

export const HEAD_TIMEOUT: Refusal = [
  StatusCode.RequestTimeout,
  'The request head did not arrive in time.',
  'head-timeout',
]
export const CONTENT_TOO_SLOW: Refusal = [
  StatusCode.RequestTimeout,
  'The request content arrives too slowly.',
  'content-too-slow',
]
export const HANDLER_TIMEOUT: Refusal = [
  StatusCode.GatewayTimeout,
  'The response was not ready in time.',
  'handler-timeout',
]

/** Writes the last response of a connection, to bytes that are no request or to no bytes at all. */
export function writeRefusal(
  transport: Transport,
  [status, sentence]: Refusal,
  date: string,
  headers: SiteHeaders,
): ResponseWriter {
  const plan = planText(status, sentence)
  const { body } = plan
  const fields = withSiteHeaders(plan, headers)
  const writer = new ResponseWriter(transport, { method: 'GET', minorVersion: 1 })
  writer.begin(status, fields, body.length, { date, keepAlive: false })
  writer.write(body, () => {})
  writer.end()
  return writer
}
