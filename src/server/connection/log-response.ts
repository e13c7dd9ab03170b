import type { RequestHead } from '../../parser/index.ts'
import type { ServerContext } from '../server-context.ts'
import type { Transport } from '../transport/transport.ts'

/** The address of the client that sent a request, behind trusted proxies too. */
export function clientAddress(
  { trustedProxies }: ServerContext,
  { remoteAddress }: Transport,
  head: RequestHead,
): string {
  return trustedProxies?.clientAddress(remoteAddress, head) ?? remoteAddress
}

/** Logs a response. `head` is undefined if the request was refused before its head was complete. */
export function logResponse(
  context: ServerContext,
  transport: Transport,
  head: RequestHead | undefined,
  status: number,
  bytes: number,
  durationMs: number,
): void {
  const { responseLog, clock } = context
  if (!responseLog.isEnabled) return
  const remoteAddress =
    head === undefined ? transport.remoteAddress : clientAddress(context, transport, head)
  responseLog.write({ remoteAddress, wallMs: clock.wallMs(), durationMs, status, bytes, head })
}
