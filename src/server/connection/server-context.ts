import type { Config } from '../config/settings.ts'
import type { Answer } from '../log/request-log-entry.ts'
import type { AddressCounts } from '../proxy/connection-limiter.ts'
import type { TrustedProxies } from '../proxy/trusted-proxies.ts'
import type { ReadyTable } from '../response-cache/response-cache.ts'
import type { Batch } from '../response-cache/write-coalescer.ts'
import type { Clock } from './clock.ts'
import type { EndTally } from './close-reason.ts'
import type { Connection } from './connection.ts'
import type { Pace } from './data-rate.ts'
import type { DateField } from './date-field.ts'
import type { Exchange } from './exchange.ts'
import type { ParserPool } from './parser-pool.ts'
import type { TimerWheel } from './timer-wheel.ts'

/** What a server knows of a connection, be it at work or still to say for whom it is. */
export type OpenConnection = Pick<Connection, 'wire' | 'drain' | 'cutOff'>

/** What all connections of a server share. */
export type ServerContext = {
  readonly config: Config
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly parsers: ParserPool
  readonly date: DateField
  /** All that are open, and those of them that were only told that there is no room. */
  readonly connections: Set<OpenConnection>
  readonly turnedAway: Set<Connection>
  /** How many of those there may be. */
  turnedAwayMax: number
  readonly addresses: AddressCounts
  /** How slowly content may come, and answers be taken. */
  readonly contentPace: Pace
  readonly readerPace: Pace
  /** Undefined where no proxy is believed in what it says of its clients. */
  readonly trustedProxies: TrustedProxies | undefined
  /** Answers that are ready; undefined where there are none. */
  readonly ready: ReadyTable | undefined
  readonly batch: Batch
  /** Has a request answered: the one way out of `Connection`. */
  readonly dispatch: (exchange: Exchange) => void
  /** Told of every answer; undefined where nobody wants to know, so that no record is made. */
  report: ((answer: Answer) => void) | undefined
  readonly ends: EndTally
  /** Told of a request, as its method and target, whose answer did not begin in time. */
  readonly reportLate: (request: string) => void
  /** No request after the one at hand. */
  draining: boolean
  /** Another server goes on in the place of this one, which drains: together, they are ready. */
  retired: boolean
}
