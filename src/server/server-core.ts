import { REJECTED_MAX } from './config/fd-budget.ts'
import type { Config } from './config/settings.ts'
import type { Clock } from './connection/clock.ts'
import { CloseReasonCounter } from './connection/close-reason.ts'
import { bodyDataRate, writeDataRate } from './connection/data-rate.ts'
import { DateField } from './connection/date-field.ts'
import { ParserPool } from './connection/parser-pool.ts'
import type { ServerContext } from './connection/server-context.ts'
import { TimerWheel } from './connection/timer-wheel.ts'
import { Dispatcher } from './endpoints/endpoint.ts'
import { AssetStore } from './files/asset-store.ts'
import type { BufferPool } from './files/buffer-pool.ts'
import type { ContentCoder } from './files/content-coder.ts'
import type { FileSystem } from './files/file-system.ts'
import type { Sites } from './files/sites.ts'
import { type Handlers, HandlerTable } from './handler/handlers.ts'
import { ConnectionLimiter } from './proxy/connection-limiter.ts'
import { TrustedProxies } from './proxy/trusted-proxies.ts'
import { ResponseCache } from './response-cache/response-cache.ts'
import { WriteCoalescer } from './response-cache/write-coalescer.ts'

const PARSERS_KEPT = 1024

/** What a server stands on: the system's, or the simulator's. */
export type Platform = {
  readonly clock: Clock
  readonly fileSystem: FileSystem
  readonly coder: ContentCoder
  readonly buffers: BufferPool
}

/** All of a server but its sockets. */
export type ServerCore = {
  readonly context: ServerContext
  readonly dispatcher: Dispatcher
  readonly assets: AssetStore
}

/** Puts together all of a server but its sockets. `failed` is told of endpoints that fail. */
export function createServerCore(
  config: Config,
  sites: Sites,
  handlers: Handlers,
  ground: Platform,
  failed: (error: unknown, request: string) => void,
): ServerCore {
  const { clock } = ground
  const wheel = new TimerWheel(clock)
  const assets = new AssetStore({ config, ...ground })
  const responseCache =
    config.revalidateMs > 0 ? new ResponseCache(config.memoryBytesMax, sites.areNamed) : undefined
  const isDraining = (): boolean => context.isDraining && !context.isReplaced
  const parts = { config, sites, assets, wheel, responseCache, isDraining, ...ground }
  const dispatcher = new Dispatcher(parts, new HandlerTable(handlers), failed)
  const context: ServerContext = {
    config,
    clock,
    wheel,
    parsers: new ParserPool(config, PARSERS_KEPT),
    date: new DateField(clock),
    connections: new Set(),
    trustedProxies: TrustedProxies.of(config),
    rejected: new Set(),
    rejectedMax: REJECTED_MAX,
    limiter: new ConnectionLimiter(config.connectionsPerAddressMax),
    bodyDataRate: bodyDataRate(config),
    writeDataRate: writeDataRate(config),
    responseCache,
    writer: new WriteCoalescer(),
    dispatch: exchange => dispatcher.dispatch(exchange),
    logResponse: undefined,
    closeReasons: new CloseReasonCounter(),
    logHandlerTimeout: request =>
      failed(new Error(`no answer within ${config.handlerTimeoutMs} ms`), request),
    isDraining: false,
    isReplaced: false,
  }
  return { context, dispatcher, assets }
}
