import type { Config } from '../config/settings.ts'
import type { SentResponse } from '../log/request-log-entry.ts'
import type { ConnectionLimiter } from '../proxy/connection-limiter.ts'
import type { TrustedProxies } from '../proxy/trusted-proxies.ts'
import type { ResponseCache } from '../response-cache/response-cache.ts'
import type { WriteCoalescer } from '../response-cache/write-coalescer.ts'
import type { Clock } from './clock.ts'
import type { CloseReasonCounter } from './close-reason.ts'
import type { Connection } from './connection.ts'
import type { MinDataRate } from './data-rate.ts'
import type { DateField } from './date-field.ts'
import type { Exchange } from './exchange.ts'
import type { ParserPool } from './parser-pool.ts'
import type { TimerWheel } from './timer-wheel.ts'

/** What a server knows of a connection, be it at work or still to say for whom it is. */
export type OpenConnection = Pick<Connection, 'transport' | 'drain' | 'abort'>

/** What all connections of a server share. */
export type ServerContext = {
  readonly config: Config
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly parsers: ParserPool
  readonly date: DateField
  /** All that are open, and those of them that were only told that there is no room. */
  readonly connections: Set<OpenConnection>
  readonly rejected: Set<Connection>
  /** How many of those there may be. */
  rejectedMax: number
  readonly limiter: ConnectionLimiter
  /** How slowly content may come, and answers be taken. */
  readonly bodyDataRate: MinDataRate
  readonly writeDataRate: MinDataRate
  /** Undefined where no proxy is believed in what it says of its clients. */
  readonly trustedProxies: TrustedProxies | undefined
  /** Answers that are ready; undefined where there are none. */
  readonly responseCache: ResponseCache | undefined
  readonly writer: WriteCoalescer
  /** Has a request answered: the one way out of `Connection`. */
  readonly dispatch: (exchange: Exchange) => void
  /** Told of every answer; undefined where nobody wants to know, so that no record is made. */
  logResponse: ((answer: SentResponse) => void) | undefined
  readonly closeReasons: CloseReasonCounter
  /** Told of a request, as its method and target, whose answer did not begin in time. */
  readonly logHandlerTimeout: (request: string) => void
  /** No request after the one at hand. */
  isDraining: boolean
  /** Another server goes on in the place of this one, which drains: together, they are ready. */
  isReplaced: boolean
}
