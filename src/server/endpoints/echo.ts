import { StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'
import { respondText } from './text.ts'

export const ECHO_PREFIX = '/echo/'

/** `/echo/{text}`: responds with the text, percent-decoded. */
export async function respondEcho(exchange: Exchange, { coder }: ServerContext): Promise<void> {
  let text: string
  try {
    text = decodeURIComponent(exchange.head.path.slice(ECHO_PREFIX.length))
  } catch {
    return exchange.send(planText(StatusCode.BadRequest, 'The text is not percent-encoded UTF-8.'))
  }
  await respondText(exchange, new TextEncoder().encode(text), coder)
}
