import { StatusCode } from '../../response/index.ts'
import { planUnsupportedMethod, READ_METHODS } from '../../response/methods.ts'
import type { Exchange } from '../connection/exchange.ts'
import { ContentError } from '../connection/request-body.ts'
import { type HandlerTable, respondByHandler } from '../handler/handlers.ts'
import type { ServerContext } from '../server-context.ts'
import { respondEcho } from './echo.ts'
import { classify, Endpoint, METHODS } from './endpoint.ts'
import { respondHealth } from './health.ts'
import { respondSleep } from './sleep.ts'
import { respondStatic } from './static.ts'
import { respondUploads } from './uploads.ts'
import { respondUserAgent } from './user-agent.ts'

/**
 * Passes each request to its endpoint. Whatever goes wrong there becomes a 500 for that client, and
 * affects no other.
 */
export class Dispatcher {
  readonly #running = new Set<Promise<void>>()
  readonly #context: ServerContext
  readonly #handlers: HandlerTable

  constructor(context: ServerContext, handlers: HandlerTable) {
    this.#context = context
    this.#handlers = handlers
  }

  dispatch(exchange: Exchange): void {
    const reported = new Set<unknown>()
    const request = `${exchange.head.method} ${exchange.head.target}`
    const fail = (error: unknown): void => {
      if (reported.has(error)) return
      reported.add(error)
      if (error instanceof ContentError) return exchange.fail(StatusCode.BadRequest, error.message)
      this.#context.logError(error, request)
      exchange.fail(StatusCode.InternalServerError)
    }
    const running = this.#respond(exchange, fail)
      .catch(fail)
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /**
   * Resolves when no endpoint is running any more, not even to clean up after a closed connection.
   */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #respond(exchange: Exchange, fail: (error: unknown) => void): Promise<void> {
    const { head } = exchange
    const context = this.#context
    const endpoint = classify(head, this.#handlers, context.config)
    if (endpoint === Endpoint.Health) exchange.isLogged = false
    const methods = METHODS[endpoint]
    if (methods !== undefined && !methods.includes(head.method))
      return exchange.send(planUnsupportedMethod(head.method, methods))
    switch (endpoint) {
      case Endpoint.Static:
        return respondStatic(exchange, context)
      case Endpoint.Echo:
        return respondEcho(exchange, context)
      case Endpoint.UserAgent:
        return respondUserAgent(exchange, context)
      case Endpoint.Sleep:
        return respondSleep(exchange, context)
      case Endpoint.Uploads:
        return respondUploads(exchange, context)
      case Endpoint.Handler:
        return respondByHandler(exchange, context, this.#handlers.find(head.path)!, fail)
      case Endpoint.Server:
        return exchange.send(planUnsupportedMethod(head.method, READ_METHODS))
      case Endpoint.Health:
        return respondHealth(exchange, context)
      case Endpoint.Tunnel:
        // RFC 9110 §9.3.6: an origin server need not open tunnels; what follows a CONNECT is not
        // HTTP.
        return exchange.fail(StatusCode.NotImplemented, 'This server opens no tunnels.')
    }
  }
}
