import { StatusCode } from '../../response/index.ts'
import { latin1Bytes } from '../../response/response-head.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'

export const METRICS_PATH = '/-/metrics'

const FIXED: ReadonlySet<string> = new Set(['content-type', 'cache-control'])

/** Responds with the metrics of all processes. */
export async function respondMetrics(
  exchange: Exchange,
  { metricsText }: ServerContext,
): Promise<void> {
  exchange.isLogged = false
  exchange.fixedHeaders = FIXED
  exchange.respond(
    StatusCode.Ok,
    [
      ['Content-Type', 'text/plain; version=0.0.4; charset=utf-8'],
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    latin1Bytes(await metricsText()),
  )
}
