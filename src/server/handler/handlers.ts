import { parseTargetPath } from '../../response/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { EndpointParts } from '../endpoints/parts.ts'
import { HandlerReply } from './reply.ts'
import { HandlerRequest } from './request.ts'

/**
 * Answers requests for a path. It may answer at once or later; a promise that it returns is awaited, and what it throws or rejects
 * with becomes a 500.
 *
 *
 * @example
 * const hello: Handler = (request, reply) => reply.send(`Hello ${request.query.get('name')}`)
 */
export type Handler = (request: HandlerRequest, reply: HandlerReply) => void | Promise<void>

/** Handlers by path: that path alone, or with a slash at its end everything below it; the longest wins. */
export type Handlers = Readonly<Record<string, Handler>>

/** Finds handlers by path. */
export class HandlerTable {
  readonly #exact = new Map<string, Handler>()
  readonly #below: (readonly [prefix: string, handler: Handler])[]

  /** TypeError for a path that does not begin with a slash. */
  constructor(handlers: Handlers) {
    for (const [path, handler] of Object.entries(handlers)) {
      if (!path.startsWith('/'))
        throw new TypeError(`the path of a handler begins with a slash: ${JSON.stringify(path)}`)
      this.#exact.set(path, handler)
    }
    this.#below = Object.entries(handlers)
      .filter(([path]) => path.endsWith('/'))
      .sort(([a], [b]) => b.length - a.length)
  }

  /**
   * The handler for a raw path, and the path as it is canonically: what two spellings of one path lead to is the same, so that a
   * handler cannot be passed by.
   */
  find(rawPath: string): { readonly handler: Handler; readonly path: string } | undefined {
    if (this.#exact.size === 0) return undefined
    const target = parseTargetPath(rawPath)
    if (!target.ok) return undefined
    const { path } = target
    const handler =
      this.#exact.get(path) ?? this.#below.find(([prefix]) => path.startsWith(prefix))?.[1]
    return handler && { handler, path }
  }
}

/** Has a handler answer. */
export async function answerByHandler(
  exchange: Exchange,
  parts: EndpointParts,
  { handler, path }: { readonly handler: Handler; readonly path: string },
  fail: (error: unknown) => void,
): Promise<void> {
  const request = new HandlerRequest(exchange, path, parts.config.contentBytesMax)
  const reply = new HandlerReply(exchange, parts, fail)
  const result = handler(request, reply)
  if (result === undefined) return
  await result
  if (!reply.sent) throw new Error('the handler ended without an answer')
}
