import { StatusCode } from '../../response/index.ts'
import { latin1Bytes } from '../../response/response-head.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'

export const LIVE_PATH = '/-/live'
export const READY_PATH = '/-/ready'

const FIXED: ReadonlySet<string> = new Set(['content-type', 'cache-control'])

/** `/-/live`: 200. `/-/ready`: 200, or 503 while the server drains and no other has taken over. */
export function respondHealth(exchange: Exchange, { lifecycle }: ServerContext): void {
  const isLive = exchange.head.path === LIVE_PATH
  const isReady = !lifecycle.isDraining || lifecycle.isReplaced
  const status = isLive || isReady ? StatusCode.Ok : StatusCode.ServiceUnavailable
  const word = isLive ? 'live' : isReady ? 'ready' : 'draining'
  // No rule may have a state cached.
  exchange.fixedHeaders = FIXED
  exchange.respond(
    status,
    [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    latin1Bytes(`${word}\n`),
  )
}
