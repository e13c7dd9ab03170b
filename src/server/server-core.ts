import type { Config } from './config/settings.ts'
import type { Clock } from './connection/clock.ts'
import { EndTally } from './connection/close-reason.ts'
import { contentPace, readerPace } from './connection/data-rate.ts'
import { DateField } from './connection/date-field.ts'
import { ParserPool } from './connection/parser-pool.ts'
import type { ServerContext } from './connection/server-context.ts'
import { TimerWheel } from './connection/timer-wheel.ts'
import { Dispatcher } from './endpoints/endpoint.ts'
import { AssetStore } from './files/asset-store.ts'
import type { BufferPool } from './files/buffer-pool.ts'
import type { Coder } from './files/content-coder.ts'
import { TURNED_AWAY_MAX } from './files/counted-file-system.ts'
import type { Disk } from './files/file-system.ts'
import type { Sites } from './files/sites.ts'
import { type Handlers, HandlerTable } from './handler/handlers.ts'
import { AddressCounts } from './proxy/connection-limiter.ts'
import { TrustedProxies } from './proxy/trusted-proxies.ts'
import { ReadyTable } from './response-cache/response-cache.ts'
import { Batch } from './response-cache/write-coalescer.ts'

const PARSERS_KEPT = 1024

/** What a server stands on: the system's, or the simulator's. */
export type Ground = {
  readonly clock: Clock
  readonly disk: Disk
  readonly coder: Coder
  readonly buffers: BufferPool
}

/** All of a server but its sockets. */
export type Assembled = {
  readonly context: ServerContext
  readonly dispatcher: Dispatcher
  readonly assets: AssetStore
}

/** Puts together all of a server but its sockets. `failed` is told of endpoints that fail. */
export function assemble(
  config: Config,
  sites: Sites,
  handlers: Handlers,
  ground: Ground,
  failed: (error: unknown, request: string) => void,
): Assembled {
  const { clock } = ground
  const wheel = new TimerWheel(clock)
  const assets = new AssetStore({ config, ...ground })
  const ready = config.revalidateMs > 0 ? new ReadyTable(config.memoryBytesMax, sites.areNamed) : undefined
  const isDraining = (): boolean => context.draining && !context.retired
  const parts = { config, sites, assets, wheel, ready, isDraining, ...ground }
  const dispatcher = new Dispatcher(parts, new HandlerTable(handlers), failed)
  const context: ServerContext = {
    config,
    clock,
    wheel,
    parsers: new ParserPool(config, PARSERS_KEPT),
    date: new DateField(clock),
    connections: new Set(),
    trustedProxies: TrustedProxies.of(config),
    turnedAway: new Set(),
    turnedAwayMax: TURNED_AWAY_MAX,
    addresses: new AddressCounts(config.connectionsPerAddressMax),
    contentPace: contentPace(config),
    readerPace: readerPace(config),
    ready,
    batch: new Batch(),
    dispatch: exchange => dispatcher.dispatch(exchange),
    report: undefined,
    ends: new EndTally(),
    reportLate: request => failed(new Error(`no answer within ${config.handlerTimeoutMs} ms`), request),
    draining: false,
    retired: false,
  }
  return { context, dispatcher, assets }
}
