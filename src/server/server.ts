import { EventEmitter } from 'node:events'
import type { Config } from './config/config.ts'
import { fdBudget, openFilesSoftLimit } from './config/open-files.ts'
import { systemClock } from './connection/clock.ts'
import type { CloseCounts, CloseReason } from './connection/close-reason.ts'
import { Connection } from './connection/connection.ts'
import { ENDPOINT_NAMES } from './endpoints/endpoint.ts'
import { MetricsDispatcher } from './endpoints/metrics-dispatcher.ts'
import { prepareUploads } from './endpoints/prepare-uploads.ts'
import { BufferPool } from './files/buffer-pool.ts'
import { nodeContentCoder } from './files/content-coder.ts'
import { nodeDirectFileSystem, nodeFileSystem } from './files/node-file-system.ts'
import type { Platform } from './files/platform.ts'
import type { FetchOptions } from './handler/fetch-handler.ts'
import type { Handlers } from './handler/handlers.ts'
import { Lifecycle } from './lifecycle.ts'
import type { AccessLog } from './log/access-log.ts'
import type { Log } from './log/log.ts'
import type { RequestLogEntry } from './log/request-log-entry.ts'
import { ResponseLog } from './log/response-log.ts'
import { countIn, type Gauges, Metrics } from './metrics/metrics.ts'
import { metricsText } from './metrics/metrics-text.ts'
import { type MetricSnapshot, snapshotOf } from './metrics/snapshot.ts'
import { Networks } from './proxy/networks.ts'
import { ProxyHandshake } from './proxy/proxy-handshake.ts'
import { ProxyRefusals } from './proxy/proxy-refusals.ts'
import { UNIX_ADDRESS } from './proxy/remote-address.ts'
import type { ServerContext } from './server-context.ts'
import { createServerCore } from './server-core.ts'
import { chooseReadStrategy } from './transport/choose-read-strategy.ts'
import {
  handleListener,
  type ListenerEvents,
  openListener,
  takeListenerFor,
} from './transport/listener.ts'
import type { ReadStrategyName } from './transport/read-strategy.ts'
import type { AcceptedTransport, TransportHandler } from './transport/transport.ts'

/** The fastest for large files: 43 ms of CPU for 100 MiB; 256 KiB: 52, 128 KiB or 1 MiB: 60. */
const FILE_BUFFER_BYTES = 512 * 1024
/** For slow clients, which may be many. */
const SMALL_FILE_BUFFER_BYTES = 64 * 1024
const FILE_BUFFERS_KEPT = 32
/** Clients may hold this much at full speed even of a server that caches nothing. */
const HELD_BYTES_MIN = 8 * 1024 * 1024

const DROPPED: TransportHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} }

/** The events of a running server, with the arguments of their listeners. */
export type ServerEvents = {
  /** All listeners are open. */
  listening: [urls: readonly string[]]
  /** A listener failed after it was open. */
  error: [error: Error]
  /** A response was sent. */
  response: [entry: RequestLogEntry]
}

/** A running server, of one process or many. */
export interface RunningServer extends EventEmitter<ServerEvents> {
  /** One URL per listener: with the port that was picked for port 0; `unix:/path` for a socket. */
  readonly urls: readonly string[]
  /**
   * How this process accepts and reads connections: the setting `readStrategy`, or the next slower
   * way if this runtime lacks what that needs.
   */
  readonly readStrategy: 'raw' | 'shared-buffer' | 'stream'
  /**
   * Connections of this process closed so far, by reason. With workers, each worker logs its own.
   */
  readonly closeCounts: CloseCounts
  /**
   * Completes the requests in flight, closes the listeners after `drainDelayMs`, and closes
   * connections that are idle for `drainIdleMs`. Resolves to true when all are closed, or to false
   * after `drainTimeoutMs`, when the rest was aborted.
   */
  drain(): Promise<boolean>
  /** Closes everything now. */
  close(): Promise<void>
}

/** What a server is given besides its configuration. @internal */
export type ServerOptions = {
  readonly handlers: Handlers
  readonly fetch?: FetchOptions | undefined
  readonly log: Log
  readonly accessLog: AccessLog | undefined
  /** In a worker: resolves to the metrics of all workers. */
  readonly metricsText?: (() => Promise<string>) | undefined
}

/** The server of this process. @internal */
export class Server extends EventEmitter<ServerEvents> implements RunningServer {
  readonly urls: string[] = []
  /** The URLs of `metricsAddress`. */
  readonly metricsUrls: string[] = []
  readonly readStrategy: ReadStrategyName
  readonly #context: ServerContext
  /** For the connections of `metricsAddress`. */
  readonly #metricsContext: ServerContext
  readonly #lifecycle: Lifecycle
  readonly #log: Log
  readonly #proxyProtocolFrom: Networks | undefined
  readonly #proxyRefusals: ProxyRefusals

  private constructor(
    strategy: ReadStrategyName,
    context: ServerContext,
    lifecycle: Lifecycle,
    log: Log,
  ) {
    super()
    this.readStrategy = strategy
    this.#context = context
    const dispatcher = new MetricsDispatcher()
    this.#metricsContext = { ...context, dispatcher, responseCache: undefined }
    this.#lifecycle = lifecycle
    this.#log = log
    this.#proxyProtocolFrom = Networks.of(context.config.proxyProtocolFrom)
    this.#proxyRefusals = new ProxyRefusals(systemClock, log)
    const onListenersChange = (): void => {
      context.responseLog.hasListeners = this.listenerCount('response') > 0
    }
    const emitter = this as EventEmitter
    emitter.on('newListener', event => {
      if (event === 'response') context.responseLog.hasListeners = true
    })
    emitter.on('removeListener', onListenersChange)
  }

  /**
   * Opens all listeners, except those that the previous server has open for the same addresses: it
   * takes these over, so that no connection is refused meanwhile.
   *
   * @throws ListenError, or the file system's error for a root that is not a folder; the previous
   *   server is then as it was
   */
  static async start(config: Config, options: ServerOptions, previous?: Server): Promise<Server> {
    const { log, handlers, fetch, accessLog } = options
    const addresses = config.metricsAddress ?? []
    const isMeasured = config.metrics || addresses.length > 0
    const earlier = previous === undefined ? undefined : previous.#context.metrics
    const metrics = isMeasured ? (earlier ?? new Metrics(ENDPOINT_NAMES, 'static')) : undefined
    const emitResponse = (entry: RequestLogEntry): void => server.#emitResponse(entry)
    // The probe runs while the roots are opened.
    const choosing = chooseReadStrategy(config.readStrategy)
    const context = await createServerCore(config, nodePlatform(config), {
      handlers,
      fetch,
      responseLog: new ResponseLog(accessLog, emitResponse),
      logError: (err, request) => log.error({ err, request }, `${request} failed`),
      onConnectionClose: (reason, remoteAddress) => {
        log.debug({ reason, remoteAddress }, `closed a connection: ${reason}`)
        if (metrics !== undefined) countIn(metrics.closed, reason)
      },
      onRefusal: refused => {
        log.debug(refused, `refused ${refused.request ?? 'a request'}: ${refused.code}`)
        if (metrics !== undefined) countIn(metrics.refused, refused.code)
      },
      metrics,
      metricsText: options.metricsText ?? (() => metricsText([server.metricsSnapshot()])),
      descriptors: fdBudget(openFilesSoftLimit()),
    })
    const { strategy, reason } = await choosing
    if (reason !== undefined)
      log.warn(
        { reason },
        `${config.readStrategy} reads do not work here: ${reason}; using ${strategy.name}`,
      )
    const lifecycle = new Lifecycle(context, log)
    const server = new Server(strategy.name, context, lifecycle, log)
    const passedOn = previous === undefined ? [] : [...previous.#lifecycle.listeners]
    const siteListeners = config.listeners.length
    const all = [...config.listeners, ...addresses]
    const eventsOf = (n: number): ListenerEvents =>
      n < siteListeners ? server.#listenerEvents : server.#metricsEvents
    const found = all.map(address => takeListenerFor(passedOn, address))
    try {
      for (const [n, address] of all.entries())
        if (found[n] === undefined) {
          found[n] = await openListener(address, strategy, eventsOf(n))
          lifecycle.listeners.push(found[n])
        }
    } catch (error) {
      await lifecycle.close()
      throw error
    }
    // Nothing can fail from here on.
    lifecycle.listeners = found.map(listener => listener!)
    for (const [n, listener] of lifecycle.listeners.entries()) {
      handleListener(listener, strategy, eventsOf(n))
      if (n < siteListeners) server.urls.push(listener.bound.url)
      else server.metricsUrls.push(listener.bound.url)
    }
    metrics?.servers.set(context, () => gaugesOf(context))
    if (previous !== undefined) previous.#lifecycle.listeners = passedOn
    prepareUploads(config, log)
    return server
  }

  /** The metrics of this process. */
  metricsSnapshot(): MetricSnapshot[] {
    const { metrics } = this.#context
    return metrics === undefined ? [] : snapshotOf(metrics)
  }

  get closeCounts(): CloseCounts {
    return this.#context.closeReasons.counts
  }

  drain(): Promise<boolean> {
    return this.#lifecycle.drain()
  }

  /** Drains while the next server continues: balancers need not notice. */
  handOff(): Promise<boolean> {
    return this.#lifecycle.handOff()
  }

  close(): Promise<void> {
    return this.#lifecycle.close()
  }

  readonly #listenerEvents: ListenerEvents = {
    onConnection: (transport, isUnix) => this.#accept(transport, isUnix),
    onError: (error: Error) => {
      this.#log.error({ err: error }, `a listener failed: ${error.message}`)
      if (this.listenerCount('error') > 0) this.emit('error', error)
    },
  }

  readonly #metricsEvents: ListenerEvents = {
    ...this.#listenerEvents,
    // Also over the limit of connections: then its metrics matter.
    onConnection: transport => new Connection(transport, this.#metricsContext),
  }

  #accept(transport: AcceptedTransport, isUnix: boolean): TransportHandler {
    const { admission } = this.#context
    if (isUnix) transport.remoteAddress = UNIX_ADDRESS
    // The client has vanished: without its address, the server cannot know whether it is a
    // balancer.
    else if (transport.remoteAddress === '') return this.#drop(transport, 'reset')
    const { isFull } = admission
    if (isFull && !admission.canReject) return this.#drop(transport, 'dropped')
    const connect = (transport: AcceptedTransport): Connection => {
      const connection = new Connection(transport, this.#context)
      if (isFull) connection.rejectOverLimit('connections-max')
      else if (!connection.isAdmitted) connection.rejectOverLimit('connections-per-address-max')
      return connection
    }
    const isProxied = !isFull && this.#proxyProtocolFrom?.includes(transport.remoteAddress)
    return isProxied
      ? new ProxyHandshake(transport, this.#context, connect, this.#proxyRefusals)
      : connect(transport)
  }

  /** Closes a connection without a response. */
  #drop(transport: AcceptedTransport, reason: CloseReason): TransportHandler {
    transport.destroy()
    this.#context.closeReasons.count(reason, '')
    return DROPPED
  }

  #emitResponse(entry: RequestLogEntry): void {
    try {
      this.emit('response', entry)
    } catch (err) {
      this.#log.error({ err }, 'a listener of the event "response" failed')
    }
  }
}

function gaugesOf({ admission, responseCache, assets }: ServerContext): Gauges {
  const { bytes: fileBytes, compressions } = assets
  return {
    connections: admission.connections.size,
    cacheEntries: responseCache?.size ?? 0,
    cacheBytes: responseCache?.bytes ?? 0,
    fileBytes,
    compressing: compressions.running,
    waitingToCompress: compressions.waiting,
  }
}

function nodePlatform({ memoryBytesMax }: Config): Platform {
  const heldBytesMax = Math.max(memoryBytesMax / 2, HELD_BYTES_MIN)
  return {
    clock: systemClock,
    fileSystem: nodeFileSystem,
    directFileSystem: nodeDirectFileSystem,
    coder: nodeContentCoder,
    buffers: new BufferPool(
      FILE_BUFFER_BYTES,
      SMALL_FILE_BUFFER_BYTES,
      FILE_BUFFERS_KEPT,
      heldBytesMax,
    ),
  }
}
