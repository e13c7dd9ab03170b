import { AddressCounts } from './address-counts.ts'
import { AssetStore } from './assets/asset-store.ts'
import type { Sites } from './assets/sites.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { Clock } from './clock.ts'
import type { Coder } from './coder.ts'
import type { Config } from './config/settings.ts'
import { EndTally } from './connection-end.ts'
import { DateField } from './date-field.ts'
import { TURNED_AWAY_MAX } from './descriptors.ts'
import type { Disk } from './disk.ts'
import { Dispatcher } from './endpoint.ts'
import { type Handlers, HandlerTable } from './handler/handlers.ts'
import { ParserPool } from './parser-pool.ts'
import { contentPace, readerPace } from './progress.ts'
import { Batch } from './ready/batch.ts'
import { ReadyTable } from './ready/ready-table.ts'
import type { ServerContext } from './server-context.ts'
import { TimerWheel } from './timer-wheel.ts'
import { TrustedProxies } from './trusted-proxies.ts'

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
