import { parseTargetPath } from '../../response/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ServerContext } from '../server-context.ts'
import { HandlerReply } from './reply.ts'
import { HandlerRequest } from './request.ts'

/**
 * Responds to requests for a path, at once or later. A promise that it returns is awaited; if it
 * throws or rejects, the client gets a 500.
 *
 * @example
 * const hello: Handler = (request, reply) => reply.send(`Hello ${request.query.get('name')}`)
 */
export type Handler = (request: HandlerRequest, reply: HandlerReply) => void | Promise<void>

/**
 * Handlers by path: a path matches exactly, or, with a slash at its end, everything below it too.
 * The longest match wins.
 */
export type Handlers = Readonly<Record<string, Handler>>

/** A handler, and the canonical path that it is called for. @internal */
export type FoundHandler = { readonly handler: Handler; readonly path: string }

/** Finds handlers by path. @internal */
export class HandlerTable {
  readonly #exact = new Map<string, Handler>()
  readonly #prefixes: (readonly [prefix: string, handler: Handler])[]

  /** @throws TypeError for a path that does not begin with a slash */
  constructor(handlers: Handlers) {
    for (const [path, handler] of Object.entries(handlers)) {
      if (!path.startsWith('/'))
        throw new TypeError(
          `${JSON.stringify(path)} does not begin with a slash; use a path such as /api/`,
        )
      this.#exact.set(path.normalize('NFC'), handler)
    }
    this.#prefixes = [...this.#exact]
      .filter(([path]) => path.endsWith('/'))
      .sort(([a], [b]) => b.length - a.length)
  }

  /**
   * Returns the handler for a path as sent, and the canonical path. All spellings of a path lead to
   * the same handler, so that no spelling bypasses it.
   */
  find(rawPath: string): FoundHandler | undefined {
    // A file may have such a name.
    const target = parseTargetPath(rawPath, { bytes: true })
    return target.ok ? this.at(target.path) : undefined
  }

  /** Returns the handler for a canonical path. */
  at(path: string): FoundHandler | undefined {
    const composed = path.normalize('NFC')
    const handler =
      this.#exact.get(composed) ??
      this.#prefixes.find(([prefix]) => composed.startsWith(prefix))?.[1]
    return handler && { handler, path }
  }
}

/** Calls a handler, and awaits its response. @internal */
export async function respondByHandler(
  exchange: Exchange,
  context: ServerContext,
  { handler, path }: FoundHandler,
  onError: (error: unknown) => void,
): Promise<void> {
  const request = new HandlerRequest(exchange, path, context.config.contentBytesMax)
  const reply = new HandlerReply(exchange, context, onError)
  const result = handler(request, reply)
  if (result === undefined) return
  await result
  if (!reply.sent) throw new Error('the handler ended without a response')
}
