import { planError } from '../../response/error-page.ts'
import { StatusCode } from '../../response/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'
import { fetchRequest } from './fetch-request.ts'
import { HandlerReply } from './reply.ts'
import { isResponse } from './reply-content.ts'

/**
 * A handler of the Web, such as the `fetch` of an application made with Hono, h3 or itty-router. If
 * it throws or rejects, the client gets a 500.
 *
 * @example
 * const hello: FetchHandler = request => new Response(`Hello ${new URL(request.url).pathname}`)
 * const server = await serve({ root: 'examples/site', port: 0, fetch: hello })
 * const response = await fetch(`${server.urls[0]}/you`)
 * await response.text() // => 'Hello /you'
 * await server.close()
 */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** A handler of the Web, and whether it is asked before the files. @internal */
export type FetchOptions = { readonly handler: FetchHandler; readonly isFirst: boolean }

/**
 * Asks a handler of the Web.
 *
 * @param path the path and the query for the handler, if a rule has rewritten those of the request
 * @returns its response; undefined if it returned nothing, as some routers do for an unknown path
 * @internal
 */
export async function askFetchHandler(
  exchange: Exchange,
  { config }: ServerContext,
  handler: FetchHandler,
  path: string | undefined,
): Promise<Response | undefined> {
  const request = fetchRequest(exchange, path, config.contentBytesMax)
  if (request === undefined) {
    exchange.send(planError(StatusCode.BadRequest, 'The URL is not valid.', exchange.head))
    return undefined
  }
  const response: Response | undefined | null = await handler(request)
  if (response === undefined || response === null) return undefined
  if (!isResponse(response)) throw new TypeError('the fetch handler returned no Response')
  return response
}

/** Sends the response of a handler of the Web. @internal */
export function sendFetchResponse(
  exchange: Exchange,
  context: ServerContext,
  response: Response,
  onError: (error: unknown) => void,
): Promise<void> {
  return new HandlerReply(exchange, context, onError).send(response)
}
