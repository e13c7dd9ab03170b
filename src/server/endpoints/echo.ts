import { StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { EndpointParts } from './parts.ts'
import { answerText } from './text.ts'

export const ECHO_PREFIX = '/echo/'

/** `/echo/{text}`: the text, percent-decoded. */
export async function answerEcho(exchange: Exchange, { coder }: EndpointParts): Promise<void> {
  let text: string
  try {
    text = decodeURIComponent(exchange.head.path.slice(ECHO_PREFIX.length))
  } catch {
    return exchange.send(planText(StatusCode.BadRequest, 'The text is not percent-encoded UTF-8.'))
  }
  await answerText(exchange, new TextEncoder().encode(text), coder)
}
