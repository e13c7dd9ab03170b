import cluster, { type Worker } from 'node:cluster'
import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Sites } from './assets/sites.ts'
import { systemClock } from './clock.ts'
import { type Address, formatAddress } from './config/address.ts'
import type { Config } from './config/settings.ts'
import { type ConnectionEnds, noEnds } from './connection-end.ts'
import { systemDisk } from './disk.ts'
import { clearPath, isSocket, leaveAddress, whyNotListening } from './listen.ts'
import type { Log } from './log.ts'
import { ListenError, type RunningServer, type Server, type ServerEvents } from './server.ts'

/** The variable by which workers learn where to listen, so that port 0 means the same to all of them, also to those that come later. */
const LISTENERS = '_STATEWIRE_LISTENERS'

/** What workers and the primary process say to each other. */
type FromWorker =
  | {
      readonly statewire: 'listening'
      readonly urls: readonly string[]
      readonly readStrategy: Server['readStrategy']
    }
  | { readonly statewire: 'failed'; readonly message: string }
type ToWorker = { readonly statewire: 'drain' | 'close' }

/** A worker that lived shorter than this is replaced later and later, up to the longest pause. */
const HEALTHY_MS = 5000
const PAUSE_MIN_MS = 100
const PAUSE_MAX_MS = 10_000
/** Beyond the drain deadline, for the workers to end by themselves. */
const GRACE_MS = 1000

/**
 * As many processes as there are workers, each a whole server, on ports that they share. One that dies is replaced. Events of
 * single requests stay in the workers.
 */
export class Fleet extends EventEmitter<ServerEvents> implements RunningServer {
  urls: readonly string[] = []
  readStrategy: Server['readStrategy'] = 'shared-buffer'
  /** None: connections are the workers'. */
  readonly connectionEnds: ConnectionEnds = noEnds()
  readonly #config: Config
  readonly #listeners: readonly Address[]
  readonly #log: Log
  readonly #workers = new Set<Worker>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #pauseMs = PAUSE_MIN_MS
  #drained: Promise<boolean> | undefined
  /** What workers have been told; those that start late are told when they listen. */
  #order: ToWorker['statewire'] | undefined

  private constructor(config: Config, listeners: readonly Address[], log: Log) {
    super()
    this.#config = config
    this.#listeners = listeners
    this.#log = log
  }

  /** Resolves when all workers listen. */
  static async start(config: Config, log: Log): Promise<Fleet> {
    // Each worker looks for itself; a root that is not there is better said once.
    await Sites.of(config, systemDisk, systemClock.monotonicMs)
    // Workers accept for themselves. Were connections handed to them, one that is under way to a worker that is killed would stay
    // open in this process, and its client wait for ever.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    const fleet = new Fleet(config, await Promise.all(config.listeners.map(pickPort)), log)
    try {
      await Promise.all(Array.from({ length: config.workers }, () => fleet.#fork()))
    } catch (error) {
      await fleet.close()
      throw error
    }
    return fleet
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  async #drain(): Promise<boolean> {
    const cut = setTimeout(() => this.#kill(), this.#config.drainTimeoutMs + GRACE_MS)
    const codes = await this.#end('drain')
    clearTimeout(cut)
    return codes.every(code => code === 0)
  }

  async close(): Promise<void> {
    const cut = setTimeout(() => this.#kill(), GRACE_MS)
    await this.#end('close')
    clearTimeout(cut)
  }

  /** Resolves when the worker listens. Rejects where it says that it cannot, or dies before. */
  #fork(): Promise<void> {
    const worker = cluster.fork({ [LISTENERS]: JSON.stringify(passOn(this.#listeners)) })
    const bornMs = performance.now()
    this.#workers.add(worker)
    return new Promise((resolve, reject) => {
      let listening = false
      worker.on('message', (message: FromWorker) => {
        if (message.statewire === 'failed') reject(new ListenError(message.message))
        if (message.statewire !== 'listening') return
        if (this.#order !== undefined) this.#tell(worker, this.#order)
        listening = true
        this.urls = message.urls
        this.readStrategy = message.readStrategy
        resolve()
      })
      worker.on('exit', (code, signal) => {
        this.#workers.delete(worker)
        const how = signal ?? `exit code ${code}`
        reject(new Error(`worker ${worker.process.pid} ended before it listened (${how})`))
        if (listening && this.#order === undefined) this.#replace(worker, how, performance.now() - bornMs)
      })
    })
  }

  #replace(worker: Worker, how: string, livedMs: number): void {
    this.#pauseMs = livedMs >= HEALTHY_MS ? PAUSE_MIN_MS : Math.min(this.#pauseMs * 2, PAUSE_MAX_MS)
    const pauseMs = this.#pauseMs
    this.#log.warn(
      { worker: worker.process.pid, how, pauseMs },
      `worker ${worker.process.pid} died (${how}); another starts in ${pauseMs} ms`,
    )
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#fork().catch(error => {
        if (this.#order === undefined) this.#replace(worker, error.message, 0)
      })
    }, pauseMs)
    this.#timers.add(timer)
  }

  /** Tells all workers to end; resolves to their exit codes, null for one that was killed. */
  async #end(how: ToWorker['statewire']): Promise<(number | null)[]> {
    this.#order = how
    for (const timer of this.#timers) clearTimeout(timer)
    const codes = await Promise.all(
      Array.from(this.#workers, worker => {
        const ended = new Promise<number | null>(resolve => worker.on('exit', resolve))
        this.#tell(worker, how)
        return ended
      }),
    )
    for (const address of this.#listeners) await leaveAddress(address)
    return codes
  }

  #tell(worker: Worker, how: ToWorker['statewire']): void {
    // One that is about to end may not hear it any more.
    if (worker.isConnected()) worker.send({ statewire: how } satisfies ToWorker, () => {})
  }

  #kill(): void {
    for (const worker of this.#workers) worker.process.kill('SIGKILL')
  }
}

/** An address with a free port in the place of port 0, or a socket's in whose place nobody is. */
async function pickPort(address: Address): Promise<Address> {
  if ('path' in address)
    await clearPath(address).catch(error => {
      throw new ListenError(`${formatAddress(address)}: ${whyNotListening(error, address)}`)
    })
  if ('fd' in address && !isSocket(address.fd))
    throw new ListenError(`${formatAddress(address)}: this process was not started with a socket there`)
  if (!('port' in address) || address.port !== 0) return address
  const { host, port } = address
  const server = createServer().listen({ host, port })
  await once(server, 'listening').catch(error => {
    throw new ListenError(`${formatAddress({ host, port })}: ${error.message}`)
  })
  const picked = (server.address() as AddressInfo).port
  server.close()
  await once(server, 'close')
  return { host, port: picked }
}

/** Has workers that start from now on inherit the sockets that this process has; gives the addresses as they are in a worker. */
function passOn(listeners: readonly Address[]): readonly Address[] {
  const descriptors = listeners.flatMap(address => ('fd' in address ? [address.fd] : []))
  if (descriptors.length === 0) return listeners
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc', ...descriptors] as const
  cluster.setupPrimary({ stdio: [...stdio] })
  return listeners.map(address => ('fd' in address ? { fd: stdio.indexOf(address.fd) } : address))
}

/** In a worker: its configuration, with the listeners that it is told. */
export function asWorker(config: Config): Config {
  const listeners: readonly Address[] = JSON.parse(process.env[LISTENERS] ?? 'null') ?? config.listeners
  return { ...config, listeners }
}

/** In a worker: tells the primary process that the server listens, and does as it says. When that dies, Node ends its workers. */
export function obeyPrimary(server: Server): void {
  // Not by disconnecting, which what is still queued for a reader of stdout that has stalled would hold up for ever.
  const leave = async (how: ToWorker['statewire']) => {
    if (how === 'drain') process.exit((await server.drain()) ? 0 : 1)
    await server.close()
    process.exit(1)
  }
  process.on('message', (message: ToWorker) => leave(message.statewire))
  send({ statewire: 'listening', urls: server.urls, readStrategy: server.readStrategy })
}

/** In a worker: tells the primary process why there is no server. */
export function tellFailure(error: unknown): void {
  send({ statewire: 'failed', message: error instanceof Error ? error.message : String(error) })
  cluster.worker?.disconnect()
}

function send(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => {})
}
