import { type RequestHead, TargetForm } from '../../parser/index.ts'
import { StatusCode } from '../../response/index.ts'
import { planOtherMethod, READ_METHODS } from '../../response/methods.ts'
import type { Config } from '../config/settings.ts'
import type { Exchange } from '../connection/exchange.ts'
import { ContentError } from '../connection/request-body.ts'
import { answerByHandler, type HandlerTable } from '../handler/handlers.ts'
import { answerEcho, ECHO_PREFIX } from './echo.ts'
import { answerHealth, isHealthPath } from './health.ts'
import type { EndpointParts } from './parts.ts'
import { answerSleep, SLEEP_PATH } from './sleep.ts'
import { answerStatic } from './static.ts'
import { answerFiles, FILES_PREFIX } from './uploads.ts'
import { answerUserAgent, USER_AGENT_PATH } from './user-agent.ts'

/** All that can answer a request. A closed set, so one `switch` dispatches it: nothing is looked up, nothing called through a table. */
export const Endpoint = {
  Static: 1,
  Echo: 2,
  UserAgent: 3,
  Sleep: 4,
  Files: 5,
  /** A function that a user of the library has registered: the open half. */
  Handler: 6,
  /** The server as a whole: `OPTIONS *`. */
  Server: 7,
  /** A request to become a tunnel. */
  Tunnel: 8,
  /** How the server is. */
  Health: 9,
} as const
export type Endpoint = (typeof Endpoint)[keyof typeof Endpoint]

/** The methods that an endpoint takes; undefined: it looks for itself. */
const METHODS: Readonly<Record<Endpoint, readonly string[] | undefined>> = {
  [Endpoint.Static]: undefined,
  [Endpoint.Echo]: READ_METHODS,
  [Endpoint.UserAgent]: READ_METHODS,
  [Endpoint.Sleep]: READ_METHODS,
  [Endpoint.Files]: [...READ_METHODS, 'POST', 'PUT'],
  [Endpoint.Handler]: undefined,
  [Endpoint.Server]: undefined,
  [Endpoint.Tunnel]: undefined,
  [Endpoint.Health]: READ_METHODS,
}

/** Which endpoint a request is for. */
export function classify(
  { form, path }: RequestHead,
  handlers: HandlerTable,
  { endpoints: enabled, health }: Pick<Config, 'endpoints' | 'health'>,
): Endpoint {
  if (form === TargetForm.Asterisk) return Endpoint.Server
  if (form === TargetForm.Authority) return Endpoint.Tunnel
  if (health && isHealthPath(path)) return Endpoint.Health
  if (handlers.find(path) !== undefined) return Endpoint.Handler
  if (enabled.length === 0) return Endpoint.Static
  if (path.startsWith(ECHO_PREFIX) && enabled.includes('echo')) return Endpoint.Echo
  if (path === USER_AGENT_PATH && enabled.includes('user-agent')) return Endpoint.UserAgent
  if (path === SLEEP_PATH && enabled.includes('sleep')) return Endpoint.Sleep
  if (path.startsWith(FILES_PREFIX) && enabled.includes('files')) return Endpoint.Files
  return Endpoint.Static
}

/** Has requests answered, now or later; whatever goes wrong on the way is a 500 to that client, and nothing to any other. */
export class Dispatcher {
  readonly #running = new Set<Promise<void>>()
  readonly #parts: EndpointParts
  readonly #handlers: HandlerTable
  readonly #reportError: (error: unknown, request: string) => void

  constructor(
    parts: EndpointParts,
    handlers: HandlerTable,
    reportError: (error: unknown, request: string) => void,
  ) {
    this.#parts = parts
    this.#handlers = handlers
    this.#reportError = reportError
  }

  dispatch(exchange: Exchange): void {
    const reported = new Set<unknown>()
    const request = `${exchange.head.method} ${exchange.head.target}`
    const fail = (error: unknown): void => {
      if (reported.has(error)) return
      reported.add(error)
      if (error instanceof ContentError) return exchange.fail(StatusCode.BadRequest, error.message)
      this.#reportError(error, request)
      exchange.fail(StatusCode.InternalServerError)
    }
    const running = this.#answer(exchange, fail)
      .catch(fail)
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves when no endpoint is at work any more, be it only to clean up behind a client that has gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #answer(exchange: Exchange, fail: (error: unknown) => void): Promise<void> {
    const { head } = exchange
    const parts = this.#parts
    const endpoint = classify(head, this.#handlers, parts.config)
    if (endpoint === Endpoint.Health) exchange.isLogged = false
    const methods = METHODS[endpoint]
    if (methods !== undefined && !methods.includes(head.method))
      return exchange.send(planOtherMethod(head.method, methods))
    switch (endpoint) {
      case Endpoint.Static:
        return answerStatic(exchange, parts)
      case Endpoint.Echo:
        return answerEcho(exchange, parts)
      case Endpoint.UserAgent:
        return answerUserAgent(exchange, parts)
      case Endpoint.Sleep:
        return answerSleep(exchange, parts)
      case Endpoint.Files:
        return answerFiles(exchange, parts)
      case Endpoint.Handler:
        return answerByHandler(exchange, parts, this.#handlers.find(head.path)!, fail)
      case Endpoint.Server:
        return exchange.send(planOtherMethod(head.method, READ_METHODS))
      case Endpoint.Health:
        return answerHealth(exchange, parts)
      case Endpoint.Tunnel:
        // RFC 9110 §9.3.6: an origin server need not make tunnels, and what follows a CONNECT is not HTTP.
        return exchange.fail(StatusCode.NotImplemented, 'This server makes no tunnels.')
    }
  }
}
