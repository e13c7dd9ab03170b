import cluster from 'node:cluster'
import { EventEmitter } from 'node:events'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { type Address, formatAddress } from './config/address.ts'
import { openFilesSoftLimit } from './config/open-files-limit.ts'
import type { Config } from './config/settings.ts'
import { systemClock } from './connection/clock.ts'
import type { ConnectionEnds } from './connection/close-reason.ts'
import { Connection } from './connection/connection.ts'
import type { ServerContext } from './connection/server-context.ts'
import type { Dispatcher } from './endpoints/endpoint.ts'
import { BufferPool } from './files/buffer-pool.ts'
import { systemCoder } from './files/content-coder.ts'
import { CountedDisk, type DescriptorShares, shareDescriptors } from './files/counted-file-system.ts'
import { systemDisk } from './files/file-system.ts'
import { Sites } from './files/sites.ts'
import type { Handlers } from './handler/handlers.ts'
import type { AccessLog } from './log/access-log.ts'
import type { Log } from './log/log.ts'
import { type Answer, type AnswerRecord, recordOf } from './log/request-log-entry.ts'
import { UNIX_ADDRESS } from './proxy/index.ts'
import { Networks } from './proxy/networks.ts'
import { ProxyStage, type ProxyStageParts } from './proxy/proxy-handshake.ts'
import { ProxyRefusals } from './proxy/proxy-refusals.ts'
import { assemble } from './server-core.ts'
import { ACCEPT_OPTIONS, chooseReadStrategy, type ReadStrategy } from './transport/choose-read-strategy.ts'
import { leaveAddress, listenAt, type Place, whyNotListening } from './transport/listen.ts'
import type { AdoptedWire } from './transport/socket-transport.ts'

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
  request: [answer: AnswerRecord]
}

/** What `serve()` gives: a running server, be it one process or many. */
export interface RunningServer extends EventEmitter<ServerEvents> {
  /** Where it listens, one URL per listener; port 0 has become the one that was picked, and a UNIX socket is `unix:/path`. */
  readonly urls: readonly string[]
  /** How bytes are read off sockets. */
  readonly readStrategy: ReadStrategy['name']
  /** How connections of this process have ended so far: with workers, each logs its own when it ends. */
  readonly connectionEnds: ConnectionEnds
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
  readonly #shares: DescriptorShares = shareDescriptors(openFilesSoftLimit())
  readonly #files: CountedDisk
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
    files: CountedDisk,
    sites: Sites,
    options: ServerParts,
  ) {
    super()
    this.#files = files
    files.areShort = () => this.#descriptorsAreShort()
    this.#config = config
    this.#strategy = strategy
    this.readStrategy = strategy.name
    this.#log = options.log
    this.#accessLog = options.accessLog
    this.#proxyProtocolFrom = Networks.of(config.proxyProtocolFrom)
    this.#proxyRefusals = new ProxyRefusals(systemClock, options.log)
    const report = (answer: Answer): void => {
      options.accessLog?.write(answer)
      if (this.listenerCount('request') === 0) return
      try {
        this.emit('request', recordOf(answer))
      } catch (err) {
        this.#log.error({ err }, 'a listener for requests failed')
      }
    }
    const ground = {
      clock: systemClock,
      disk: files.disk,
      coder: systemCoder,
      buffers: new BufferPool(FILE_BUFFER_BYTES, SMALL_FILE_BUFFER_BYTES, FILE_BUFFERS_KEPT),
    }
    const failed = (err: unknown, request: string): void =>
      this.#log.error({ err, request }, `${request} failed`)
    const { context, dispatcher } = assemble(config, sites, options.handlers, ground, failed)
    context.turnedAwayMax = this.#shares.turnedAway
    context.ends.told = (end, remote) => this.#log.debug({ end, remote }, `a connection ended: ${end}`)
    this.#context = context
    // A plain property, for each request looks at it: a getter that counts the listeners took a tenth of its time in user space.
    if (options.accessLog !== undefined) context.report = report
    const emitter = this as EventEmitter
    emitter.on('newListener', event => {
      if (event === 'request') context.report = report
    })
    emitter.on('removeListener', () => {
      if (options.accessLog === undefined && emitter.listenerCount('request') === 0)
        context.report = undefined
    })
    this.#dispatcher = dispatcher
  }

  get connectionEnds(): ConnectionEnds {
    return this.#context.ends.counts
  }

  /**
   * Opens all listeners, but for those that a server before it has open under the same addresses: these it takes over, so that no
   * connection is refused meanwhile, and closes none. Rejects with `ListenError`, or with the file system's error for a root that
   * is no folder, and then leaves the server before it as it was.
   */
  static async start(config: Config, parts: ServerParts, before?: Server): Promise<Server> {
    const files = new CountedDisk(systemDisk)
    const sites = await Sites.of(config, files.disk, systemClock.monotonicMs)
    const { strategy, reason } = await chooseReadStrategy(config.readStrategy)
    if (reason !== undefined)
      parts.log.warn(
        { reason },
        `reading with ${strategy.name}: ${config.readStrategy} does not work here: ${reason}`,
      )
    const server = new Server(config, strategy, files, sites, parts)
    const held = before === undefined ? [] : [...before.#listeners]
    const places: (Listener | Address)[] = config.listeners.map(address => takeOut(held, address) ?? address)
    try {
      for (const [n, place] of places.entries()) if (!('net' in place)) places[n] = await server.#open(place)
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
  retire(): Promise<boolean> {
    this.#context.retired = true
    this.#hurry.abort()
    return this.drain()
  }

  async close(): Promise<void> {
    this.#hurry.abort()
    const closed = this.#closeListeners()
    this.#cutOff()
    await closed
    await this.#stop()
  }

  async #drain(): Promise<boolean> {
    this.#context.draining = true
    const { drainDelayMs, drainTimeoutMs } = this.#config
    const deadline = globalThis.setTimeout(() => {
      this.#hurry.abort()
      this.#cutOff()
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

  #cutOff(): void {
    const { connections } = this.#context
    this.#cut += connections.size
    for (const connection of connections) connection.cutOff('cut-off')
  }

  async #open(address: Address): Promise<Listener> {
    let isUnix = false
    const net = createServer(ACCEPT_OPTIONS, socket => this.#accept(socket, isUnix))
    const opening: Listener = { address, net, place: { url: '', isUnix } }
    this.#listeners.push(opening)
    const place = await listenAt(net, address).catch(error => {
      throw new ListenError(`${formatAddress(address)}: ${whyNotListening(error, address)}`)
    })
    isUnix = place.isUnix
    return { ...opening, place }
  }

  /** Has the connections and errors of a listener come here, and nowhere else. */
  #takeOver({ net, place }: Listener): void {
    net.removeAllListeners('connection').on('connection', socket => this.#accept(socket, place.isUnix))
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
      this.#context.ends.count('reset', '')
      return
    }
    const { connections, turnedAway, turnedAwayMax } = this.#context
    const { connectionsMax } = this.#config
    const isFull = connections.size - turnedAway.size >= connectionsMax || this.#descriptorsAreShort()
    if (isFull && turnedAway.size >= turnedAwayMax) {
      socket.destroy()
      this.#context.ends.count('dropped', '')
      return
    }
    const connect = (wire: AdoptedWire): Connection => {
      const connection = new Connection(wire, this.#context)
      if (isFull) connection.turnAway('connections-max')
      else if (!connection.isWelcome) connection.turnAway('connections-per-address-max')
      return connection
    }
    this.#strategy.adopt(socket, wire => {
      if (isUnix) wire.remote = UNIX_ADDRESS
      const isProxied = !isFull && this.#proxyProtocolFrom?.includes(wire.remote)
      return isProxied ? new ProxyStage(wire, this.#proxyStageParts(connect)) : connect(wire)
    })
  }

  #proxyStageParts(connect: ProxyStageParts['connect']): ProxyStageParts {
    return {
      context: this.#context,
      connect,
      refused: (code, remote) => this.#proxyRefusals.add(code, remote),
    }
  }

  /** Whether there is none for one more connection or file, but for those that are kept to turn connections away. */
  #descriptorsAreShort(): boolean {
    const { connections, turnedAway } = this.#context
    return connections.size - turnedAway.size + this.#files.open >= this.#shares.all
  }

  async #stop(): Promise<void> {
    // A socket is counted out some turns before it says that it is closed.
    for (let turn = 0; turn < CLOSE_TURNS && this.#context.connections.size > 0; turn++) await setImmediate()
    await Promise.race([this.#dispatcher.settled(), setTimeout(SETTLE_MS, undefined, { ref: false })])
    this.#context.wheel.stop()
    const ends = this.#context.ends.toString()
    if (ends !== '') this.#log.debug({ connectionEnds: this.connectionEnds }, `connections ended: ${ends}`)
    await this.#accessLog?.close()
  }

  async #closeListeners(): Promise<void> {
    const open = this.#listeners.filter(({ net }) => net.listening)
    const closed = open.map(({ net }) => new Promise(done => net.close(done)))
    // The sockets of workers are the primary process's.
    const left = cluster.isWorker ? [] : open.map(({ address }) => leaveAddress(address))
    await Promise.all([...closed, ...left])
  }
}

/** Open, under the address that the configuration gives: its port may be 0. */
type Listener = { readonly address: Address; readonly net: NetServer; readonly place: Place }

/** What a server is given beside its configuration. */
export type ServerParts = {
  readonly handlers: Handlers
  readonly log: Log
  readonly accessLog: AccessLog | undefined
}

/** Takes out of a list the listener that was opened for this address. */
function takeOut(listeners: Listener[], address: Address): Listener | undefined {
  const at = listeners.findIndex(one => formatAddress(one.address) === formatAddress(address))
  return at === -1 ? undefined : listeners.splice(at, 1)[0]
}
