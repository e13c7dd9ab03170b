import type { FieldLine } from './head-writer.ts'
import { planEmpty, planText, type ResponsePlan } from './response-plan.ts'
import { StatusCode } from './status.ts'

/** The methods of RFC 9110 §9 and PATCH (RFC 5789). */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']

/** The methods that every resource of the server allows. */
export const READ_METHODS: readonly string[] = ['GET', 'HEAD']

/**
 * Plans the response to a method that a resource does not allow: 204 to OPTIONS (RFC 9110 §9.3.7)
 * and 405 to another known method (§15.5.6), both with Allow; 501 to an unknown method (§15.6.2).
 */
export function planUnsupportedMethod(method: string, allowed: readonly string[]): ResponsePlan {
  if (!METHODS.includes(method)) return planText(StatusCode.NotImplemented)
  const allow: FieldLine = ['Allow', [...allowed, 'OPTIONS'].join(', ')]
  return method === 'OPTIONS'
    ? planEmpty(StatusCode.NoContent, [allow])
    : planText(StatusCode.MethodNotAllowed, '', [allow])
}
