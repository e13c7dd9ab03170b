import type { RequestParser } from '../../parser/index.ts'
import type { ServerContext } from '../server-context.ts'
import type { Transport } from '../transport/transport.ts'
import { logResponse } from './log-response.ts'

/**
 * Responds from the response cache, without allocating anything. Returns false if the request must
 * go to its endpoint.
 */
export function sendCached(
  parser: RequestParser,
  transport: Transport,
  context: ServerContext,
): boolean {
  const { responseCache, coalescer, config, clock, date } = context
  if (responseCache === undefined || !parser.keepAlive || parser.contentLength !== 0) return false
  if (transport.queuedBytes >= config.queuedBytesMax) return false
  const { head } = parser
  const entry = responseCache.find(head, clock.monotonicMs())
  const response = entry && responseCache.responseFor(entry, head)
  if (response === undefined) return false
  const isWhole = response === entry!.whole
  const body = isWhole ? entry!.body : undefined
  coalescer.send(transport, response, body, date.value(), parser.unreadBytes > 0)
  logResponse(context, transport, head, response.status, isWhole ? entry!.bodyBytes : 0, 0)
  return true
}
