import type { RequestHead } from '../parser/index.ts'
import type { Admission } from './admission.ts'
import type { Config } from './config/config.ts'
import type { DateField } from './connection/clock.ts'
import type { CloseReasonCounter } from './connection/close-reason.ts'
import type { MinDataRate } from './connection/data-rate.ts'
import type { Exchange } from './connection/exchange.ts'
import type { RefusalCounter } from './connection/refusal-counter.ts'
import type { ReaderPool } from './connection/request-reader.ts'
import type { TimerWheel } from './connection/timer-wheel.ts'
import type { UploadGate } from './endpoints/upload-gate.ts'
import type { AssetStore } from './files/asset-store.ts'
import type { ListingStore } from './files/listing-store.ts'
import type { Platform } from './files/platform.ts'
import type { Sites } from './files/sites.ts'
import type { ResponseLog } from './log/response-log.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { TrustedProxies } from './proxy/trusted-proxies.ts'
import type { CacheEntry } from './response-cache/cache-entry.ts'
import type { ResponseCache } from './response-cache/response-cache.ts'
import type { WriteCoalescer } from './response-cache/write-coalescer.ts'

/** What the connections and endpoints of a server share: its one bag of dependencies. */
export type ServerContext = Platform & {
  readonly config: Config
  readonly wheel: TimerWheel
  readonly date: DateField
  readonly readers: ReaderPool
  readonly admission: Admission
  readonly lifecycle: LifecycleState
  readonly closeReasons: CloseReasonCounter
  readonly refusals: RefusalCounter
  readonly responseLog: ResponseLog
  /** Undefined if nothing is counted. */
  readonly metrics: Metrics | undefined
  /** Resolves to the metrics of all processes, as text for Prometheus. */
  readonly metricsText: () => Promise<string>
  /** Undefined if no proxy is trusted. */
  readonly trustedProxies: TrustedProxies | undefined
  readonly bodyDataRate: MinDataRate
  readonly writeDataRate: MinDataRate
  readonly sites: Sites
  readonly assets: AssetStore
  readonly listings: ListingStore
  readonly uploads: UploadGate
  /** Undefined if nothing may be cached. */
  readonly responseCache: ResponseCache | undefined
  readonly coalescer: WriteCoalescer
  readonly dispatcher: RequestDispatcher
  /** Logs that a request, given as method and target, failed. */
  readonly logError: (error: unknown, request: string) => void
}

/** Passes requests on to their endpoints: the one way out of `Connection`. */
export interface RequestDispatcher {
  /** Gives an exchange the headers of its site, for whatever response it gets. */
  prepare(exchange: Exchange, context: ServerContext): void
  dispatch(exchange: Exchange, context: ServerContext): void
  /** Finds a cached response that is not for the path alone. */
  findShared(head: RequestHead, context: ServerContext): CacheEntry | undefined
  /**
   * Resolves when no endpoint is running any more, not even to clean up after a closed connection.
   */
  settled(): Promise<void>
}

export type LifecycleState = {
  /** No request is accepted after the current one of each connection. */
  isDraining: boolean
  /** Another server has taken over; while this one drains, the two together are ready. */
  isReplaced: boolean
}
