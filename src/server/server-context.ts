import type { DateCache } from '../response/http-date.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config/settings.ts'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import type { ParserPool } from './parser-pool.ts'
import type { TimerWheel } from './timer-wheel.ts'

/** What all connections of a server share. */
export type ServerContext = {
  readonly config: Config
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly parsers: ParserPool
  readonly dates: DateCache
  readonly connections: Set<Connection>
  /** Has a request answered: the one way out of `Connection`. */
  readonly dispatch: (exchange: Exchange) => void
  /** Told of every answer; undefined where nobody wants to know, so that no record is made. */
  readonly report: ((answer: AnswerRecord) => void) | undefined
  /** No request after the one at hand. */
  draining: boolean
}

/** One answer, for the access log. */
export type AnswerRecord = {
  /** The client's address. */
  readonly remote: string
  /** Milliseconds since 1970 at which the answer was given. */
  readonly wallMs: number
  /** Milliseconds from the head of the request to the end of the answer. */
  readonly durationMs: number
  /** As they were sent; '-' where the request was refused before they were known. */
  readonly method: string
  readonly target: string
  readonly version: string
  readonly status: number
  /** Of the body. */
  readonly bytes: number
  readonly referer: string
  readonly userAgent: string
}
