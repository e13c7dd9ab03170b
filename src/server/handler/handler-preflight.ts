import { planPreflight } from '../../response/cross-origin.ts'
import type { FieldLine } from '../../response/index.ts'
import type { ResponsePlan } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'

/** A handler may respond to any of them, which only it knows. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Plans what a CORS-preflight request gets instead of a handler's response: a handler that ignores
 * the method, requires a login or needs a body has none that a browser would take.
 *
 * @param fields of the handler's response; undefined if it has failed
 * @returns undefined for other requests, and if the handler's response is one to a preflight
 */
export function handlerPreflight(
  { head }: Exchange,
  { sites }: ServerContext,
  fields: readonly FieldLine[] = [],
): ResponsePlan | undefined {
  if (head.method !== 'OPTIONS') return undefined
  const isOwn = fields.some(([name]) => /^access-control-allow-/i.test(name))
  return isOwn ? undefined : planPreflight(sites.configOf(head).cors, head, METHODS)
}
