import { frame } from '../../response/framing.ts'
import type { StatusCode } from '../../response/index.ts'
import { headBytes } from '../../response/response-builder.ts'
import { planText } from '../../response/response-plan.ts'
import type { Transport } from '../transport/transport.ts'

/**
 * Writes the last response of a connection, to bytes that are no request or to no bytes at all.
 *
 * @returns the bytes of its body
 */
export function writeRefusal(
  transport: Transport,
  status: StatusCode,
  sentence: string,
  date: string,
): number {
  const { fields, body } = planText(status, sentence)
  const framing = frame(status, body.length, { date, minorVersion: 1, keepAlive: false })
  transport.cork()
  transport.write(headBytes(status, [...fields, ...framing.fields]))
  transport.write(body)
  transport.uncork()
  return body.length
}
