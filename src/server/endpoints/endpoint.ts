import { type RequestHead, TargetForm } from '../../parser/index.ts'
import { parseTargetPath, StatusCode } from '../../response/index.ts'
import { planUnsupportedMethod, READ_METHODS } from '../../response/response-plan.ts'
import { redirectOf, rewriteOf } from '../../response/site-rules.ts'
import type { Config } from '../config/config.ts'
import type { Exchange } from '../connection/exchange.ts'
import { ContentError } from '../connection/request-body.ts'
import type { FetchOptions } from '../handler/fetch-handler.ts'
import { handlerPreflight } from '../handler/handler-preflight.ts'
import { type FoundHandler, type HandlerTable, respondByHandler } from '../handler/handlers.ts'
import type { CacheEntry } from '../response-cache/cache-entry.ts'
import type { RequestDispatcher, ServerContext } from '../server-context.ts'
import { findAbsent } from './absent-path.ts'
import { ECHO_PREFIX, respondEcho } from './echo.ts'
import { LIVE_PATH, READY_PATH, respondHealth } from './health.ts'
import { METRICS_PATH, respondMetrics } from './metrics.ts'
import { respondWithFetch } from './site-fetch.ts'
import { headersFor, PATH_OPTIONS } from './site-response.ts'
import { respondSleep, SLEEP_PATH } from './sleep.ts'
import { respondStatic } from './static.ts'
import { respondUploads, UPLOADS_PREFIX } from './uploads.ts'
import { respondUserAgent, USER_AGENT_PATH } from './user-agent.ts'

/** Everything that can respond to a request: a closed set, so that one `switch` dispatches it. */
export const Endpoint = {
  Static: 1,
  Echo: 2,
  UserAgent: 3,
  Sleep: 4,
  Uploads: 5,
  /** A function of the library's user: the open half of the set. */
  Handler: 6,
  /** The server as a whole: `OPTIONS *`. */
  Server: 7,
  /** A request for a tunnel: CONNECT. */
  Tunnel: 8,
  Health: 9,
  Metrics: 10,
} as const
export type Endpoint = (typeof Endpoint)[keyof typeof Endpoint]

/** The names of endpoints in metrics, by their number; `none` for what has no endpoint. */
export const ENDPOINT_NAMES: readonly string[] = [
  'none',
  ...Object.keys(Endpoint).map(name =>
    name.replace(/(?<=.)[A-Z]/g, letter => `-${letter}`).toLowerCase(),
  ),
]

/** The methods that an endpoint allows; undefined: it checks them itself. */
export const METHODS: Readonly<Record<Endpoint, readonly string[] | undefined>> = {
  [Endpoint.Static]: undefined,
  [Endpoint.Echo]: READ_METHODS,
  [Endpoint.UserAgent]: READ_METHODS,
  [Endpoint.Sleep]: READ_METHODS,
  [Endpoint.Uploads]: undefined,
  [Endpoint.Handler]: undefined,
  [Endpoint.Server]: undefined,
  [Endpoint.Tunnel]: undefined,
  [Endpoint.Health]: READ_METHODS,
  [Endpoint.Metrics]: READ_METHODS,
}

/** Returns the endpoint of a request. */
export function classify(
  { form, path }: RequestHead,
  handlers: HandlerTable | undefined,
  {
    endpoints: enabled,
    health,
    metrics,
  }: Pick<Config, 'endpoints' | 'health'> & Partial<Pick<Config, 'metrics'>>,
): Endpoint {
  if (form === TargetForm.Asterisk) return Endpoint.Server
  if (form === TargetForm.Authority) return Endpoint.Tunnel
  if (health && (path === LIVE_PATH || path === READY_PATH)) return Endpoint.Health
  if (metrics && path === METRICS_PATH) return Endpoint.Metrics
  if (handlers?.find(path) !== undefined) return Endpoint.Handler
  if (enabled.length === 0) return Endpoint.Static
  if (path.startsWith(ECHO_PREFIX) && enabled.includes('echo')) return Endpoint.Echo
  if (path === USER_AGENT_PATH && enabled.includes('user-agent')) return Endpoint.UserAgent
  if (path === SLEEP_PATH && enabled.includes('sleep')) return Endpoint.Sleep
  if (path.startsWith(UPLOADS_PREFIX) && enabled.includes('files')) return Endpoint.Uploads
  return Endpoint.Static
}

/**
 * Passes each request to its endpoint. Whatever goes wrong there becomes a 500 for that client, and
 * affects no other.
 */
export class Dispatcher implements RequestDispatcher {
  readonly #running = new Set<Promise<void>>()
  readonly #handlers: HandlerTable | undefined
  readonly #fetch: FetchOptions | undefined

  /** Both are undefined if there are none. */
  constructor(handlers: HandlerTable | undefined, fetch?: FetchOptions) {
    this.#handlers = handlers
    this.#fetch = fetch
  }

  prepare(exchange: Exchange, context: ServerContext): void {
    exchange.setSiteHeaders(() => headersFor(exchange.head, context))
  }

  dispatch(exchange: Exchange, context: ServerContext): void {
    const reported: unknown[] = []
    let request: string | undefined
    const nameRequest = (): string => {
      request ??= `${exchange.head.method} ${exchange.head.target}`
      return request
    }
    const fail = (error: unknown): void => {
      if (reported.includes(error)) return
      reported.push(error)
      const isOurs = !(error instanceof ContentError)
      if (isOurs) context.logError(error, nameRequest())
      const preflight = exchange.isPending ? handlerPreflight(exchange, context) : undefined
      if (preflight !== undefined) return exchange.send(preflight)
      if (!isOurs) return exchange.fail(StatusCode.BadRequest, error.message)
      exchange.fail(StatusCode.InternalServerError)
    }
    try {
      const responding = this.#respond(exchange, context, fail)
      if (!(responding instanceof Promise)) return
      // The head may be gone by the time of an error.
      nameRequest()
      const running = responding.catch(fail).finally(() => this.#running.delete(running))
      this.#running.add(running)
    } catch (error) {
      fail(error)
    }
  }

  findShared(head: RequestHead, context: ServerContext): CacheEntry | undefined {
    // A handler of the Web responds to paths that lead to no file.
    if (this.#fetch !== undefined) return undefined
    const config = context.sites.configOf(head)
    const isStatic = classify(head, this.#handlers, config) === Endpoint.Static
    const isFile = isStatic && this.#rewrittenHandler(head, context) === undefined
    return isFile ? findAbsent(head, context) : undefined
  }

  /**
   * Resolves when no endpoint is running any more, not even to clean up after a closed connection.
   */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** Returns the handler that a rewrite rule of the site leads to. */
  #rewrittenHandler(head: RequestHead, { sites }: ServerContext): FoundHandler | undefined {
    if (this.#handlers === undefined) return undefined
    const rules = sites.of(head)?.rules
    if (rules === undefined || rules.rewrites.length === 0) return undefined
    const target = parseTargetPath(head.path, PATH_OPTIONS)
    if (!target.ok) return undefined
    const isRead = READ_METHODS.includes(head.method)
    if (isRead && redirectOf(rules, target.path, head.query) !== undefined) return undefined
    const path = rewriteOf(rules, target.path)
    return path === undefined ? undefined : this.#handlers.at(path)
  }

  #respond(
    exchange: Exchange,
    context: ServerContext,
    fail: (error: unknown) => void,
  ): void | Promise<void> {
    const { head } = exchange
    const endpoint = classify(head, this.#handlers, context.sites.configOf(head))
    exchange.endpoint = endpoint
    if (endpoint === Endpoint.Health) exchange.isLogged = false
    const methods = METHODS[endpoint]
    if (methods !== undefined && !methods.includes(head.method)) {
      exchange.refusal = 'method-not-allowed'
      return exchange.send(planUnsupportedMethod(head.method, methods))
    }
    switch (endpoint) {
      case Endpoint.Static: {
        const rewritten = this.#rewrittenHandler(head, context)
        if (rewritten !== undefined) {
          exchange.endpoint = Endpoint.Handler
          return respondByHandler(exchange, context, rewritten, fail)
        }
        return this.#fetch === undefined
          ? respondStatic(exchange, context)
          : respondWithFetch(exchange, context, this.#fetch, fail)
      }
      case Endpoint.Echo:
        return respondEcho(exchange, context)
      case Endpoint.UserAgent:
        return respondUserAgent(exchange, context)
      case Endpoint.Sleep:
        return respondSleep(exchange, context)
      case Endpoint.Uploads:
        return respondUploads(exchange, context)
      case Endpoint.Handler:
        return respondByHandler(exchange, context, this.#handlers!.find(head.path)!, fail)
      case Endpoint.Server:
        return exchange.send(planUnsupportedMethod(head.method, READ_METHODS))
      case Endpoint.Health:
        return respondHealth(exchange, context)
      case Endpoint.Metrics:
        return respondMetrics(exchange, context)
      case Endpoint.Tunnel:
        exchange.refusal = 'tunnel'
        // RFC 9110 §9.3.6: an origin server need not open tunnels; what follows a CONNECT is not
        // HTTP.
        return exchange.fail(StatusCode.NotImplemented, 'This server opens no tunnels.')
    }
  }
}
