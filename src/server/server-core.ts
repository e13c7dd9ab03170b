import { Admission } from './admission.ts'
import type { Config } from './config/config.ts'
import { type FdBudget, REJECTED_MAX } from './config/open-files.ts'
import { DateField } from './connection/clock.ts'
import { type CloseReason, CloseReasonCounter } from './connection/close-reason.ts'
import { bodyDataRate, writeDataRate } from './connection/data-rate.ts'
import { RefusalCounter, type RefusedRequest } from './connection/refusal-counter.ts'
import { ReaderPool } from './connection/request-reader.ts'
import { TimerWheel } from './connection/timer-wheel.ts'
import { Dispatcher } from './endpoints/endpoint.ts'
import { UploadGate } from './endpoints/upload-gate.ts'
import { AssetStore } from './files/asset-store.ts'
import { countedDirectly, countedFileSystem, DescriptorCount } from './files/file-system.ts'
import { ListingStore } from './files/listing-store.ts'
import { listingBytesMax } from './files/memory-shares.ts'
import type { Platform } from './files/platform.ts'
import { Sites } from './files/sites.ts'
import type { FetchOptions } from './handler/fetch-handler.ts'
import { type Handlers, HandlerTable } from './handler/handlers.ts'
import type { ResponseLog } from './log/response-log.ts'
import type { Metrics } from './metrics/metrics.ts'
import { TrustedProxies } from './proxy/trusted-proxies.ts'
import { ResponseCache } from './response-cache/response-cache.ts'
import { WriteCoalescer } from './response-cache/write-coalescer.ts'
import type { ServerContext } from './server-context.ts'

const READERS_KEPT = 1024
/** Cached responses may take this part of the memory; the bodies of files are not among them. */
const RESPONSES_SHARE = 3 / 8

/** What a core reports to, and the descriptors that it may use. */
export type ServerCoreOptions = {
  readonly handlers: Handlers
  /** Undefined if there is none. */
  readonly fetch?: FetchOptions | undefined
  readonly responseLog: ResponseLog
  /** Called when an endpoint fails; `request` is its method and target. */
  readonly logError: (error: unknown, request: string) => void
  /** Called when a connection is closed. */
  readonly onConnectionClose?: (reason: CloseReason, remoteAddress: string) => void
  /** Called when a request is refused. */
  readonly onRefusal?: (refused: RefusedRequest) => void
  /** Default: nothing is counted. */
  readonly metrics?: Metrics | undefined
  readonly metricsText?: () => Promise<string>
  /** Default: no limit. */
  readonly descriptors?: Pick<FdBudget, 'all' | 'rejected'>
}

/**
 * Builds everything of a server apart from its sockets.
 *
 * @throws the file system's error for a root that is not a folder
 */
export async function createServerCore(
  config: Config,
  platform: Platform,
  options: ServerCoreOptions,
): Promise<ServerContext> {
  const { all, rejected } = options.descriptors ?? {
    all: Number.POSITIVE_INFINITY,
    rejected: REJECTED_MAX,
  }
  const descriptors = new DescriptorCount(all)
  const counted = {
    ...platform,
    fileSystem: countedFileSystem(platform.fileSystem, descriptors),
    directFileSystem:
      platform.directFileSystem && countedDirectly(platform.directFileSystem, descriptors),
  }
  const { clock } = counted
  const { handlers } = options
  const sites = await Sites.of(config, counted)
  const { memoryBytesMax } = config
  const responseCache =
    config.revalidateMs > 0 && !config.serverTiming
      ? new ResponseCache(memoryBytesMax * RESPONSES_SHARE, sites.areNamed)
      : undefined
  const assetBytesMax = (): number =>
    memoryBytesMax - listingBytesMax(config) - sites.bytes - (responseCache?.bytes ?? 0)
  const assets = new AssetStore(config, counted, assetBytesMax)
  return {
    ...counted,
    config,
    wheel: new TimerWheel(clock),
    date: new DateField(clock),
    readers: new ReaderPool(config, READERS_KEPT),
    admission: new Admission(config, descriptors, rejected),
    lifecycle: { isDraining: false, isReplaced: false },
    closeReasons: new CloseReasonCounter(options.onConnectionClose),
    refusals: new RefusalCounter(options.onRefusal),
    responseLog: options.responseLog,
    metrics: options.metrics,
    metricsText: options.metricsText ?? (async () => ''),
    trustedProxies: TrustedProxies.of(config),
    bodyDataRate: bodyDataRate(config),
    writeDataRate: writeDataRate(config),
    sites,
    assets,
    listings: new ListingStore(config, clock, assets.compressions),
    uploads: new UploadGate(config.uploadsMax),
    responseCache,
    coalescer: new WriteCoalescer(counted.buffers),
    dispatcher: new Dispatcher(
      Object.keys(handlers).length === 0 ? undefined : new HandlerTable(handlers),
      options.fetch,
    ),
    logError: options.logError,
  }
}
