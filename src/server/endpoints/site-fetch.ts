import { encodePath, parseTargetPath, StatusCode } from '../../response/index.ts'
import { READ_METHODS } from '../../response/response-plan.ts'
import { rewriteOf } from '../../response/site-rules.ts'
import type { Exchange } from '../connection/exchange.ts'
import { askFetchHandler, type FetchOptions, sendFetchResponse } from '../handler/fetch-handler.ts'
import { isFetchMethod } from '../handler/fetch-request.ts'
import { handlerPreflight } from '../handler/handler-preflight.ts'
import type { ServerContext } from '../server-context.ts'
import { PATH_OPTIONS } from './site-response.ts'
import { respondStatic } from './static.ts'

/**
 * Responds to a request for a site that has a handler of the Web besides its files: with a file, or
 * else by the handler; or first by the handler, and with a file where that has nothing, which is a
 * 404. A file never responds to a method other than GET and HEAD.
 */
export async function respondWithFetch(
  exchange: Exchange,
  context: ServerContext,
  { handler, isFirst }: FetchOptions,
  onError: (error: unknown) => void,
): Promise<void> {
  const { method } = exchange.head
  if (!isFetchMethod(method) || context.sites.of(exchange.head) === undefined)
    return respondStatic(exchange, context)
  const ask = (): Promise<Response | undefined> =>
    askFetchHandler(exchange, context, handler, rewrittenPath(exchange, context))
  const send = async (response: Response | undefined): Promise<boolean> => {
    if (response === undefined) {
      const preflight = handlerPreflight(exchange, context)
      if (preflight !== undefined) exchange.send(preflight)
      return exchange.status !== 0
    }
    await sendFetchResponse(exchange, context, response, onError)
    return true
  }
  if (!isFirst)
    return respondStatic(exchange, context, { isFirst, respond: async () => send(await ask()) })
  const response = await ask()
  const isNothing = response === undefined || response.status === StatusCode.NotFound
  if (!isNothing || !READ_METHODS.includes(method)) {
    if (!(await send(response))) return respondStatic(exchange, context)
    return
  }
  let isSent = false
  const respond = (): Promise<boolean> => {
    isSent = true
    return send(response)
  }
  try {
    await respondStatic(exchange, context, { isFirst, respond })
  } finally {
    if (!isSent) response?.body?.cancel().catch(() => {})
  }
}

/** Returns the path and query for the handler if a rule rewrites those of the request. */
function rewrittenPath({ head }: Exchange, { sites }: ServerContext): string | undefined {
  const target = parseTargetPath(head.path, PATH_OPTIONS)
  const rewritten = target.ok ? rewriteOf(sites.of(head)!.rules, target.path) : undefined
  if (rewritten === undefined) return undefined
  const path = encodePath(rewritten.split('/'), rewritten.endsWith('/'))
  return head.query === '' ? path : `${path}?${head.query}`
}
