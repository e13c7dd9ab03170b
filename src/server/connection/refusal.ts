import type { StatusCode } from '../../response/index.ts'
import { headBytes } from '../../response/response-builder.ts'
import { planText } from '../../response/response-plan.ts'
import type { Transport } from '../transport/socket-transport.ts'

/** Writes the answer to what is no request, or to none; it is the last. Tells how many bytes its body has. */
export function writeRefusal(
  transport: Transport,
  status: StatusCode,
  sentence: string,
  date: string,
): number {
  const { fields, body } = planText(status, sentence)
  const head = headBytes(status, [
    ...fields,
    ['Date', date],
    ['Content-Length', String(body.length)],
    ['Connection', 'close'],
  ])
  transport.cork()
  transport.write(head)
  transport.write(body)
  transport.uncork()
  return body.length
}
