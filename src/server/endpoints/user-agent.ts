import { StatusCode } from '../../response/index.ts'
import { latin1Bytes } from '../../response/response-head.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'
import { respondText } from './text.ts'

export const USER_AGENT_PATH = '/user-agent'

/** `/user-agent`: responds with the User-Agent field of the request. */
export async function respondUserAgent(
  exchange: Exchange,
  { coder }: ServerContext,
): Promise<void> {
  const userAgent = exchange.head.field('user-agent')
  if (userAgent === undefined)
    return exchange.send(planText(StatusCode.BadRequest, 'The request has no User-Agent field.'))
  await respondText(exchange, latin1Bytes(userAgent), coder)
}
