import { latin1Bytes } from '../../response/head-writer.ts'
import { StatusCode } from '../../response/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { EndpointParts } from './parts.ts'

const LIVE_PATH = '/-/live'
const READY_PATH = '/-/ready'

export function isHealthPath(path: string): boolean {
  return path === LIVE_PATH || path === READY_PATH
}

/** `/-/live`: this process answers. `/-/ready`: it is to be sent requests, which it is not once it drains. */
export function answerHealth(exchange: Exchange, { isDraining }: EndpointParts): void {
  const mayBeSent = exchange.head.path === LIVE_PATH || !isDraining()
  const status = mayBeSent ? StatusCode.Ok : StatusCode.ServiceUnavailable
  const word = exchange.head.path === LIVE_PATH ? 'live' : mayBeSent ? 'ready' : 'draining'
  exchange.respond(
    status,
    [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    latin1Bytes(`${word}\n`),
  )
}
