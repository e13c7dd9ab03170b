import cluster from 'node:cluster'
import { EventEmitter } from 'node:events'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { type Address, formatAddress } from './config/address.ts'
import { type FdBudget, fdBudget } from './config/fd-budget.ts'
import { openFilesSoftLimit } from './config/open-files-limit.ts'
import type { Config } from './config/settings.ts'
import { systemClock } from './connection/clock.ts'
import type { CloseCounts } from './connection/close-reason.ts'
import { Connection } from './connection/connection.ts'
import type { ServerContext } from './connection/server-context.ts'
import type { Dispatcher } from './endpoints/endpoint.ts'
import { BufferPool } from './files/buffer-pool.ts'
import { nodeContentCoder } from './files/content-coder.ts'
import { CountedFileSystem } from './files/counted-file-system.ts'
import { nodeFileSystem } from './files/file-system.ts'
import { Sites } from './files/sites.ts'
import type { Handlers } from './handler/handlers.ts'
import type { AccessLog } from './log/access-log.ts'
import type { Log } from './log/log.ts'
import {
  type RequestLogEntry,
  requestLogEntry,
  type SentResponse,
} from './log/request-log-entry.ts'
import { UNIX_ADDRESS } from './proxy/index.ts'
import { Networks } from './proxy/networks.ts'
import { ProxyHandshake, type ProxyHandshakeDeps } from './proxy/proxy-handshake.ts'
import { ProxyRefusals } from './proxy/proxy-refusals.ts'
import { createServerCore } from './server-core.ts'
import {
  ACCEPT_OPTIONS,
  chooseReadStrategy,
  type ReadStrategy,
} from './transport/choose-read-strategy.ts'
import {
  type BoundAddress,
  describeListenError,
  listenAt,
  releaseAddress,
} from './transport/listen.ts'
import type { AcceptedTransport } from './transport/socket-transport.ts'

/** 512 KiB was the fastest to send a large file with: 43 ms of CPU for 100 MiB, against 52 with 256 KiB and 60 with 128 KiB or 1 MiB. */
const FILE_BUFFER_BYTES = 512 * 1024
/** As much as a client that is slow holds of the memory. */
const SMALL_FILE_BUFFER_BYTES = 64 * 1024
const FILE_BUFFERS_KEPT = 32
const CLOSE_TURNS = 16
/** How long endpoints may clean up behind connections that were cut off. */
const SETTLE_MS = 1000
/** How often connections are looked for of which nothing tells when they have gone. */
const LOOK_MS = 20

/** The events of a running server, with what their listeners are given. */
export type ServerEvents = {
  /** All listeners are open. */
  listening: [urls: readonly string[]]
  /** A listener has failed after it was open. */
  error: [error: Error]
  /** A request was answered. */
  request: [answer: RequestLogEntry]
}

/** What `serve()` gives: a running server, be it one process or many. */
export interface RunningServer extends EventEmitter<ServerEvents> {
  /** Where it listens, one URL per listener; port 0 has become the one that was picked, and a UNIX socket is `unix:/path`. */
  readonly urls: readonly string[]
  /** How bytes are read off sockets. */
  readonly readStrategy: ReadStrategy['name']
  /** How connections of this process have ended so far: with workers, each logs its own when it ends. */
  readonly closeCounts: CloseCounts
  /**
   * Answers what is in flight, accepts no more connections once `drainDelayMs` have passed, and closes those that are idle for
   * `drainIdleMs`. Resolves when all are closed: true, or after `drainTimeoutMs`, when the rest is cut off: false.
   */
  drain(): Promise<boolean>
  /** Cuts off everything now. */
  close(): Promise<void>
}

/**
 * An address that cannot be listened on. The message says which and why in one line.
 *
 * @example
 * const first = await serve({ root: 'examples/site', port: 0 })
 * const port = Number(new URL(first.urls[0]!).port)
 * const second = await serve({ root: 'examples/site', port }).catch(error => error)
 * second instanceof ListenError // => true
 * await first.close()
 */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** The server of this process. */
export class Server extends EventEmitter<ServerEvents> implements RunningServer {
  readonly urls: string[] = []
  readonly readStrategy: ReadStrategy['name']
  readonly #config: Config
  readonly #strategy: ReadStrategy
  readonly #context: ServerContext
  #listeners: Listener[] = []
  /** Ends the wait before listeners close. */
  readonly #hurry = new AbortController()
  readonly #dispatcher: Dispatcher
  readonly #shares: FdBudget = fdBudget(openFilesSoftLimit())
  readonly #files: CountedFileSystem
  #drained: Promise<boolean> | undefined
  /** Connections that were cut off. */
  #cut = 0
  readonly #log: Log
  readonly #proxyProtocolFrom: Networks | undefined
  readonly #proxyRefusals: ProxyRefusals
  readonly #accessLog: AccessLog | undefined

  private constructor(
    config: Config,
    strategy: ReadStrategy,
    files: CountedFileSystem,
    sites: Sites,
    options: ServerParts,
  ) {
    super()
    this.#files = files
    files.isExhausted = () => this.#descriptorsAreShort()
    this.#config = config
    this.#strategy = strategy
    this.readStrategy = strategy.name
    this.#log = options.log
    this.#accessLog = options.accessLog
    this.#proxyProtocolFrom = Networks.of(config.proxyProtocolFrom)
    this.#proxyRefusals = new ProxyRefusals(systemClock, options.log)
    const report = (answer: SentResponse): void => {
      options.accessLog?.write(answer)
      if (this.listenerCount('request') === 0) return
      try {
        this.emit('request', requestLogEntry(answer))
      } catch (err) {
        this.#log.error({ err }, 'a listener for requests failed')
      }
    }
    const ground = {
      clock: systemClock,
      fileSystem: files.fileSystem,
      coder: nodeContentCoder,
      buffers: new BufferPool(FILE_BUFFER_BYTES, SMALL_FILE_BUFFER_BYTES, FILE_BUFFERS_KEPT),
    }
    const failed = (err: unknown, request: string): void =>
      this.#log.error({ err, request }, `${request} failed`)
    const { context, dispatcher } = createServerCore(
      config,
      sites,
      options.handlers,
      ground,
      failed,
    )
    context.rejectedMax = this.#shares.rejected
    context.closeReasons.onClose = (end, remote) =>
      this.#log.debug({ end, remote }, `a connection ended: ${end}`)
    this.#context = context
    // A plain property, for each request looks at it: a getter that counts the listeners took a tenth of its time in user space.
    if (options.accessLog !== undefined) context.logResponse = report
    const emitter = this as EventEmitter
    emitter.on('newListener', event => {
      if (event === 'request') context.logResponse = report
    })
    emitter.on('removeListener', () => {
      if (options.accessLog === undefined && emitter.listenerCount('request') === 0)
        context.logResponse = undefined
    })
    this.#dispatcher = dispatcher
  }

  get closeCounts(): CloseCounts {
    return this.#context.closeReasons.counts
  }

  /**
   * Opens all listeners, but for those that a server before it has open under the same addresses: these it takes over, so that no
   * connection is refused meanwhile, and closes none. Rejects with `ListenError`, or with the file system's error for a root that
   * is no folder, and then leaves the server before it as it was.
   */
  static async start(config: Config, parts: ServerParts, before?: Server): Promise<Server> {
    const files = new CountedFileSystem(nodeFileSystem)
    const sites = await Sites.of(config, files.fileSystem, systemClock.monotonicMs)
    const { strategy, reason } = await chooseReadStrategy(config.readStrategy)
    if (reason !== undefined)
      parts.log.warn(
        { reason },
        `reading with ${strategy.name}: ${config.readStrategy} does not work here: ${reason}`,
      )
    const server = new Server(config, strategy, files, sites, parts)
    const held = before === undefined ? [] : [...before.#listeners]
    const places: (Listener | Address)[] = config.listeners.map(
      address => takeListenerFor(held, address) ?? address,
    )
    try {
      for (const [n, place] of places.entries())
        if (!('net' in place)) places[n] = await server.#open(place)
    } catch (error) {
      await server.close()
      throw error
    }
    // Nothing can fail from here on.
    const listeners = places as Listener[]
    for (const listener of listeners) server.#takeOver(listener)
    server.#listeners = listeners
    if (before !== undefined) before.#listeners = held
    return server
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  /** As `drain()`, where another server goes on in its place: no balancer has to notice. */
  handOff(): Promise<boolean> {
    this.#context.isReplaced = true
    this.#hurry.abort()
    return this.drain()
  }

  async close(): Promise<void> {
    this.#hurry.abort()
    const closed = this.#closeListeners()
    this.#abortConnections()
    await closed
    await this.#stop()
  }

  async #drain(): Promise<boolean> {
    this.#context.isDraining = true
    const { drainDelayMs, drainTimeoutMs } = this.#config
    const deadline = globalThis.setTimeout(() => {
      this.#hurry.abort()
      this.#abortConnections()
      this.#log.warn(
        { connections: this.#cut },
        `${this.#cut} connections were cut off after ${drainTimeoutMs} ms`,
      )
    }, drainTimeoutMs)
    if (drainDelayMs > 0)
      await setTimeout(drainDelayMs, undefined, { signal: this.#hurry.signal }).catch(() => {})
    // Behind the poll for connections: the kernel resets those that nobody has accepted.
    await setImmediate()
    const closed = this.#closeListeners()
    const { connections } = this.#context
    for (const connection of connections) connection.drain()
    await closed
    // A listener waits for its own connections; one that another server has taken over waits for none of ours.
    while (connections.size > 0) await setTimeout(LOOK_MS)
    clearTimeout(deadline)
    await this.#stop()
    return this.#cut === 0
  }

  #abortConnections(): void {
    const { connections } = this.#context
    this.#cut += connections.size
    for (const connection of connections) connection.abort('cut-off')
  }

  async #open(address: Address): Promise<Listener> {
    let isUnix = false
    const net = createServer(ACCEPT_OPTIONS, socket => this.#accept(socket, isUnix))
    const opening: Listener = { address, net, place: { url: '', isUnix } }
    this.#listeners.push(opening)
    const place = await listenAt(net, address).catch(error => {
      throw new ListenError(`${formatAddress(address)}: ${describeListenError(error, address)}`)
    })
    isUnix = place.isUnix
    return { ...opening, place }
  }

  /** Has the connections and errors of a listener come here, and nowhere else. */
  #takeOver({ net, place }: Listener): void {
    net
      .removeAllListeners('connection')
      .on('connection', socket => this.#accept(socket, place.isUnix))
    net.removeAllListeners('error').on('error', error => {
      this.#log.error({ err: error }, `a listener failed: ${error.message}`)
      if (this.listenerCount('error') > 0) this.emit('error', error)
    })
    this.urls.push(place.url)
  }

  #accept(socket: Socket, isUnix: boolean): void {
    // A client that has gone has no address any more: there is nobody to answer, or to know as a balancer.
    if (!isUnix && socket.remoteAddress === undefined) {
      socket.destroy()
      this.#context.closeReasons.count('reset', '')
      return
    }
    const { connections, rejected, rejectedMax } = this.#context
    const { connectionsMax } = this.#config
    const isFull = connections.size - rejected.size >= connectionsMax || this.#descriptorsAreShort()
    if (isFull && rejected.size >= rejectedMax) {
      socket.destroy()
      this.#context.closeReasons.count('dropped', '')
      return
    }
    const connect = (transport: AcceptedTransport): Connection => {
      const connection = new Connection(transport, this.#context)
      if (isFull) connection.rejectOverLimit('connections-max')
      else if (!connection.isAdmitted) connection.rejectOverLimit('connections-per-address-max')
      return connection
    }
    this.#strategy.attach(socket, transport => {
      if (isUnix) transport.remoteAddress = UNIX_ADDRESS
      const isProxied = !isFull && this.#proxyProtocolFrom?.includes(transport.remoteAddress)
      return isProxied
        ? new ProxyHandshake(transport, this.#proxyStageParts(connect))
        : connect(transport)
    })
  }

  #proxyStageParts(connect: ProxyHandshakeDeps['connect']): ProxyHandshakeDeps {
    return {
      context: this.#context,
      connect,
      refused: (code, remote) => this.#proxyRefusals.add(code, remote),
    }
  }

  /** Whether there is none for one more connection or file, but for those that are kept to turn connections away. */
  #descriptorsAreShort(): boolean {
    const { connections, rejected } = this.#context
    return connections.size - rejected.size + this.#files.open >= this.#shares.all
  }

  async #stop(): Promise<void> {
    // A socket is counted out some turns before it says that it is closed.
    for (let turn = 0; turn < CLOSE_TURNS && this.#context.connections.size > 0; turn++)
      await setImmediate()
    await Promise.race([
      this.#dispatcher.settled(),
      setTimeout(SETTLE_MS, undefined, { ref: false }),
    ])
    this.#context.wheel.stop()
    const ends = this.#context.closeReasons.toString()
    if (ends !== '')
      this.#log.debug({ connectionEnds: this.closeCounts }, `connections ended: ${ends}`)
    await this.#accessLog?.close()
  }

  async #closeListeners(): Promise<void> {
    const open = this.#listeners.filter(({ net }) => net.listening)
    const closed = open.map(({ net }) => new Promise(done => net.close(done)))
    // The sockets of workers are the primary process's.
    const left = cluster.isWorker ? [] : open.map(({ address }) => releaseAddress(address))
    await Promise.all([...closed, ...left])
  }
}

/** Open, under the address that the configuration gives: its port may be 0. */
type Listener = { readonly address: Address; readonly net: NetServer; readonly place: BoundAddress }

/** What a server is given beside its configuration. */
export type ServerParts = {
  readonly handlers: Handlers
  readonly log: Log
  readonly accessLog: AccessLog | undefined
}

/** Takes out of a list the listener that was opened for this address. */
function takeListenerFor(listeners: Listener[], address: Address): Listener | undefined {
  const at = listeners.findIndex(one => formatAddress(one.address) === formatAddress(address))
  return at === -1 ? undefined : listeners.splice(at, 1)[0]
}
