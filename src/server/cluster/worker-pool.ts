import cluster, { type Worker } from 'node:cluster'
import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Address, formatAddress } from '../config/address.ts'
import type { Config } from '../config/settings.ts'
import { systemClock } from '../connection/clock.ts'
import { type CloseCounts, zeroCloseCounts } from '../connection/close-reason.ts'
import { nodeFileSystem } from '../files/file-system.ts'
import { Sites } from '../files/sites.ts'
import type { Log } from '../log/log.ts'
import { ListenError, type RunningServer, type Server, type ServerEvents } from '../server.ts'
import {
  describeListenError,
  isSocket,
  releaseAddress,
  removeStaleSocket,
} from '../transport/listen.ts'
import type { Reloadable } from './reloadable-server.ts'
import { type FromWorker, LISTENERS, type Order, type ToWorker } from './worker.ts'

/** A worker that lived shorter than this is replaced later and later, up to the longest pause. */
const HEALTHY_MS = 5000
const PAUSE_MIN_MS = 100
const PAUSE_MAX_MS = 10_000
/** Beyond the drain deadline, for the workers to end by themselves. */
const GRACE_MS = 1000

/** Workers of one configuration, on the addresses that are picked for it. */
type Generation = {
  readonly config: Config
  readonly listeners: readonly Address[]
  readonly workers: Set<Worker>
}

/**
 * As many processes as there are workers, each a whole server, on ports that they share. One that dies is replaced. Events of
 * single requests stay in the workers; an error is that none of them can live, and then all is over.
 */
export class WorkerPool extends EventEmitter<ServerEvents> implements RunningServer, Reloadable {
  urls: readonly string[] = []
  readStrategy: Server['readStrategy'] = 'shared-buffer'
  /** None: connections are the workers'. */
  readonly closeCounts: CloseCounts = zeroCloseCounts()
  #log: Log
  #generation: Generation
  /** Workers of a configuration that is in force no more, which finish what they have begun. */
  readonly #retired = new Set<Worker>()
  readonly #listening = new Set<Worker>()
  /** When a worker was last known to listen. */
  #listenedMs = performance.now()
  readonly #timers = new Set<NodeJS.Timeout>()
  #pauseMs = PAUSE_MIN_MS
  #drained: Promise<boolean> | undefined
  #reloaded: Promise<void> = Promise.resolve()
  /** What workers have been told; those that start late are told when they listen. */
  #order: Order | undefined

  private constructor(generation: Generation, log: Log) {
    super()
    this.#generation = generation
    this.#log = log
  }

  /** Resolves when all workers listen. */
  static async start(config: Config, log: Log): Promise<WorkerPool> {
    await findRoots(config)
    // Workers accept for themselves. Were connections handed to them, one that is under way to a worker that is killed would stay
    // open in this process, and its client wait for ever.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    const listeners = await Promise.all(config.listeners.map(pickPort))
    const fleet = new WorkerPool({ config, listeners, workers: new Set() }, log)
    try {
      await fleet.#populate(fleet.#generation)
    } catch (error) {
      await fleet.close()
      throw error
    }
    return fleet
  }

  /** New workers listen beside the old ones on the same sockets, and then the old ones are told to finish. */
  reload(config: Config, log: Log): Promise<void> {
    this.#reloaded = this.#reload(config, log)
    return this.#reloaded
  }

  async #reload(config: Config, log: Log): Promise<void> {
    await findRoots(config)
    const before = this.#generation
    const known = before.config.listeners.map((address, n) => ({
      address,
      picked: before.listeners[n]!,
    }))
    const listeners = config.listeners.map(address => {
      const at = known.findIndex(one => formatAddress(one.address) === formatAddress(address))
      return at === -1 ? pickPort(address) : known.splice(at, 1)[0]!.picked
    })
    const next: Generation = { config, listeners: await Promise.all(listeners), workers: new Set() }
    try {
      await this.#populate(next)
      if (next.workers.size < config.workers)
        throw new Error('a worker of the new configuration died')
    } catch (error) {
      void this.#handOff(next)
      throw error
    }
    this.#generation = next
    this.#log = log
    this.#pauseMs = PAUSE_MIN_MS
    this.#clearTimers()
    await this.#handOff(before)
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  async #drain(): Promise<boolean> {
    // Workers that are on their way have connections as soon as they listen.
    await this.#reloaded.catch(() => {})
    const cut = setTimeout(() => this.#kill(), this.#generation.config.drainTimeoutMs + GRACE_MS)
    const codes = await this.#end('drain')
    clearTimeout(cut)
    return codes.every(code => code === 0)
  }

  async close(): Promise<void> {
    const cut = setTimeout(() => this.#kill(), GRACE_MS)
    await this.#end('close')
    clearTimeout(cut)
  }

  async #populate(generation: Generation): Promise<void> {
    await Promise.all(
      Array.from({ length: generation.config.workers }, () => this.#fork(generation)),
    )
  }

  /** Resolves when the worker listens. Rejects where it says that it cannot, or dies before. */
  #fork(generation: Generation): Promise<void> {
    const worker = cluster.fork({ [LISTENERS]: JSON.stringify(passOn(generation.listeners)) })
    const bornMs = performance.now()
    generation.workers.add(worker)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.statewire === 'asks')
          this.#tell(worker, { statewire: 'config', config: generation.config })
        if (message.statewire === 'failed') reject(new ListenError(message.message))
        if (message.statewire !== 'listening') return
        if (this.#order !== undefined) this.#tell(worker, { statewire: this.#order })
        else if (this.#retired.has(worker)) this.#tell(worker, { statewire: 'retire' })
        this.#listening.add(worker)
        this.urls = message.urls
        this.readStrategy = message.readStrategy
        resolve()
      })
      worker.on('exit', (code, signal) => {
        generation.workers.delete(worker)
        this.#retired.delete(worker)
        const listened = this.#listening.delete(worker)
        if (listened) this.#listenedMs = performance.now()
        const how = signal ?? `exit code ${code}`
        reject(new Error(`worker ${worker.process.pid} ended before it listened (${how})`))
        if (listened && this.#isInForce(generation))
          this.#replace(worker, how, performance.now() - bornMs)
      })
    })
  }

  #isInForce(generation: Generation): boolean {
    return this.#order === undefined && generation === this.#generation
  }

  #replace(worker: Worker, how: string, livedMs: number): void {
    const { workersTimeoutMs } = this.#generation.config
    if (this.#listening.size === 0 && performance.now() - this.#listenedMs >= workersTimeoutMs) {
      this.#giveUp(`no worker has listened for ${workersTimeoutMs} ms; the last: ${how}`)
      return
    }
    this.#pauseMs = livedMs >= HEALTHY_MS ? PAUSE_MIN_MS : Math.min(this.#pauseMs * 2, PAUSE_MAX_MS)
    const pauseMs = this.#pauseMs
    this.#log.warn(
      { worker: worker.process.pid, how, pauseMs },
      `worker ${worker.process.pid} died (${how}); another starts in ${pauseMs} ms`,
    )
    const generation = this.#generation
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#fork(generation).catch(error => {
        if (this.#isInForce(generation)) this.#replace(worker, error.message, 0)
      })
    }, pauseMs)
    this.#timers.add(timer)
  }

  /** There is nothing that another worker would change: whoever supervises this process has to know. */
  #giveUp(reason: string): void {
    this.#log.error(reason)
    this.close().then(() => this.emit('error', new Error(reason)))
  }

  /** Tells the workers of a generation to finish what they have begun. Resolves when none of them accepts any more. */
  async #handOff({ config, listeners, workers }: Generation): Promise<void> {
    const retired = Array.from(workers, hasRetired)
    const ended = Array.from(workers, worker => once(worker, 'exit'))
    // Of sockets that the configuration in force names too, nothing is taken: they are answered.
    void Promise.all(ended).then(() => Promise.all(listeners.map(releaseAddress)))
    for (const worker of workers) {
      this.#retired.add(worker)
      if (this.#listening.has(worker)) this.#tell(worker, { statewire: 'retire' })
    }
    const cut = setTimeout(() => kill(workers), config.drainTimeoutMs + GRACE_MS)
    cut.unref()
    // One that hangs holds up nobody.
    await Promise.race([Promise.all(retired), pause(GRACE_MS, undefined, { ref: false })])
  }

  /** Tells all workers to end; resolves to their exit codes, null for one that was killed. */
  async #end(how: Order): Promise<(number | null)[]> {
    this.#order = how
    this.#clearTimers()
    const codes = await Promise.all(
      Array.from(this.#all(), worker => {
        const ended = new Promise<number | null>(resolve => worker.on('exit', resolve))
        this.#tell(worker, { statewire: how })
        return ended
      }),
    )
    await Promise.all(this.#generation.listeners.map(releaseAddress))
    return codes
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #tell(worker: Worker, what: ToWorker): void {
    // One that is about to end may not hear it any more.
    if (worker.isConnected()) worker.send(what, () => {})
  }

  #all(): Set<Worker> {
    return new Set([...this.#generation.workers, ...this.#retired])
  }

  #kill(): void {
    kill(this.#all())
  }
}

function hasRetired(worker: Worker): Promise<void> {
  return new Promise(resolve => {
    worker.on('exit', () => resolve())
    worker.on('message', ({ statewire: what }: FromWorker) => {
      if (what === 'retired') resolve()
    })
  })
}

function kill(workers: Iterable<Worker>): void {
  for (const worker of workers) worker.process.kill('SIGKILL')
}

/** Each worker looks for itself; a root that is not there is better said once. */
async function findRoots(config: Config): Promise<void> {
  await Sites.of(config, nodeFileSystem, systemClock.monotonicMs)
}

/** An address with a free port in the place of port 0, or a socket's in whose place nobody is. */
async function pickPort(address: Address): Promise<Address> {
  if ('path' in address)
    await removeStaleSocket(address).catch(error => {
      throw new ListenError(`${formatAddress(address)}: ${describeListenError(error, address)}`)
    })
  if ('fd' in address && !isSocket(address.fd))
    throw new ListenError(
      `${formatAddress(address)}: this process was not started with a socket there`,
    )
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
