import cluster, { type Worker } from 'node:cluster'
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type Address, formatAddress } from '../config/address.ts'
import type { Config } from '../config/config.ts'
import { systemClock } from '../connection/clock.ts'
import { type CloseCounts, zeroCloseCounts } from '../connection/close-reason.ts'
import { nodeFileSystem } from '../files/node-file-system.ts'
import { Sites } from '../files/sites.ts'
import type { Log } from '../log/log.ts'
import type { RunningServer, Server, ServerEvents } from '../server.ts'
import { ListenError, nameSharedSocket, releaseAddress } from '../transport/listen.ts'
import { inheritSockets, pickPort } from './listener-addresses.ts'
import { MetricsCollector } from './metrics-collector.ts'
import { checkUser } from './privileges.ts'
import type { Reloadable } from './reloadable-server.ts'
import { type FromWorker, LISTENERS, type Order, type ToWorker } from './worker.ts'

/** A worker that lived shorter than this doubles the pause before its replacement. */
const HEALTHY_MS = 5000
const PAUSE_MIN_MS = 100
const PAUSE_MAX_MS = 10_000
/** How long workers may take to exit by themselves after the drain timeout. */
const GRACE_MS = 1000

/** The workers of one configuration, on the addresses that were picked for it. */
type Generation = {
  readonly config: Config
  readonly listeners: readonly Address[]
  readonly workers: Set<Worker>
}

/**
 * Worker processes, each a whole server, on shared ports. A worker that dies is replaced. The event
 * `response` stays in the workers; `error` means that no worker can run, and the pool has ended.
 */
export class WorkerPool extends EventEmitter<ServerEvents> implements RunningServer, Reloadable {
  urls: readonly string[] = []
  metricsUrls: readonly string[] = []
  readStrategy: Server['readStrategy'] = 'raw'
  /** Zeros: the connections are the workers'. */
  readonly closeCounts: CloseCounts = zeroCloseCounts()
  #log: Log
  #generation: Generation
  /** Workers of earlier configurations, which finish their requests in flight. */
  readonly #retiring = new Set<Worker>()
  readonly #listening = new Set<Worker>()
  readonly #metrics = new MetricsCollector()
  /** When a worker was last known to listen. */
  #listenedMs = performance.now()
  readonly #timers = new Set<NodeJS.Timeout>()
  #pauseMs = PAUSE_MIN_MS
  #drained: Promise<boolean> | undefined
  #reloaded: Promise<void> = Promise.resolve()
  /** The last order to all workers; a worker that starts late gets it when it listens. */
  #order: Order | undefined

  private constructor(generation: Generation, log: Log) {
    super()
    this.#generation = generation
    this.#log = log
  }

  /** Resolves when all workers listen. */
  static async start(config: Config, log: Log): Promise<WorkerPool> {
    if (config.user !== undefined) checkUser(config.user)
    await checkRoots(config)
    // Each worker accepts for itself. A connection that this process passed on to a worker that is
    // killed meanwhile would stay open here, and its client would wait for ever.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    const listeners = await Promise.all(addressesOf(config).map(pickPort))
    const pool = new WorkerPool({ config, listeners, workers: new Set() }, log)
    try {
      await pool.#populate(pool.#generation)
    } catch (error) {
      await pool.close()
      throw error
    }
    return pool
  }

  /** Starts new workers on the same sockets, then lets the old ones finish. */
  reload(config: Config, log: Log): Promise<void> {
    this.#reloaded = this.#reload(config, log)
    return this.#reloaded
  }

  async #reload(config: Config, log: Log): Promise<void> {
    if (config.user !== undefined) checkUser(config.user)
    await checkRoots(config)
    const before = this.#generation
    const known = addressesOf(before.config).map((address, n) => ({
      address,
      picked: before.listeners[n]!,
    }))
    const listeners = addressesOf(config).map(address => {
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
    // Workers of a reload that is under way have connections as soon as they listen.
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

  /** Resolves when the worker listens. Rejects if it reports a failure, or dies before. */
  #fork(generation: Generation): Promise<void> {
    const worker = cluster.fork({
      [LISTENERS]: JSON.stringify(inheritSockets(generation.listeners)),
    })
    const startMs = performance.now()
    generation.workers.add(worker)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.statewire === 'config-request')
          this.#send(worker, { statewire: 'config', config: generation.config })
        if (message.statewire === 'metrics') this.#metrics.add(worker, message.snapshot)
        if (message.statewire === 'metrics-text-request') void this.#sendMetrics(worker, message.id)
        if (message.statewire === 'failed') reject(new ListenError(message.message))
        if (message.statewire !== 'listening') return
        if (this.#order !== undefined) this.#send(worker, { statewire: this.#order })
        else if (this.#retiring.has(worker)) this.#send(worker, { statewire: 'hand-off' })
        this.#listening.add(worker)
        this.urls = message.urls
        this.metricsUrls = message.metricsUrls
        this.readStrategy = message.readStrategy
        Promise.all(generation.listeners.map(nameSharedSocket)).then(() => resolve(), reject)
      })
      worker.on('exit', (code, signal) => {
        generation.workers.delete(worker)
        this.#retiring.delete(worker)
        this.#metrics.remove(worker)
        const listened = this.#listening.delete(worker)
        if (listened) this.#listenedMs = performance.now()
        const how = signal ?? `exit code ${code}`
        reject(new Error(`worker ${worker.process.pid} ended before it listened (${how})`))
        if (listened && this.#isCurrent(generation))
          this.#replace(worker, how, performance.now() - startMs)
      })
    })
  }

  async #sendMetrics(worker: Worker, id: number): Promise<void> {
    const listening = Array.from(this.#all()).filter(worker => this.#listening.has(worker))
    const text = await this.#metrics.text(listening, worker =>
      this.#send(worker, { statewire: 'metrics-request' }),
    )
    this.#send(worker, { statewire: 'metrics-text', id, text })
  }

  #isCurrent(generation: Generation): boolean {
    return this.#order === undefined && generation === this.#generation
  }

  #replace(worker: Worker, how: string, lifetimeMs: number): void {
    const { workersTimeoutMs } = this.#generation.config
    if (this.#listening.size === 0 && performance.now() - this.#listenedMs >= workersTimeoutMs) {
      this.#giveUp(`no worker has listened for ${workersTimeoutMs} ms; the last one: ${how}`)
      return
    }
    this.#pauseMs =
      lifetimeMs >= HEALTHY_MS ? PAUSE_MIN_MS : Math.min(this.#pauseMs * 2, PAUSE_MAX_MS)
    const pauseMs = this.#pauseMs
    this.#log.warn(
      { worker: worker.process.pid, how, pauseMs },
      `worker ${worker.process.pid} died (${how}); starting another in ${pauseMs} ms`,
    )
    const generation = this.#generation
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#fork(generation).catch(error => {
        if (this.#isCurrent(generation)) this.#replace(worker, error.message, 0)
      })
    }, pauseMs)
    this.#timers.add(timer)
  }

  /** Another worker would fail too: the supervisor of this process must know. */
  #giveUp(reason: string): void {
    this.#log.error(reason)
    this.close().then(() => this.emit('error', new Error(reason)))
  }

  /** Lets the workers of a generation finish. Resolves when none of them accepts any more. */
  async #handOff({ config, listeners, workers }: Generation): Promise<void> {
    const stopped = Array.from(workers, hasStoppedAccepting)
    const ended = Array.from(workers, worker => once(worker, 'exit'))
    // A socket that the current configuration also names is not removed: a live server uses it.
    void Promise.all(ended).then(() => Promise.all(listeners.map(releaseAddress)))
    for (const worker of workers) {
      this.#retiring.add(worker)
      if (this.#listening.has(worker)) this.#send(worker, { statewire: 'hand-off' })
    }
    const cut = setTimeout(() => kill(workers), config.drainTimeoutMs + GRACE_MS)
    cut.unref()
    // A worker that hangs delays nobody.
    await Promise.race([Promise.all(stopped), pause(GRACE_MS, undefined, { ref: false })])
  }

  /** Ends all workers. Resolves to their exit codes, null for a worker that was killed. */
  async #end(how: Order): Promise<(number | null)[]> {
    this.#order = how
    this.#clearTimers()
    const codes = await Promise.all(
      Array.from(this.#all(), worker => {
        const ended = new Promise<number | null>(resolve => worker.on('exit', resolve))
        this.#send(worker, { statewire: how })
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

  #send(worker: Worker, message: ToWorker): void {
    // A worker that is about to exit may have closed its channel.
    if (worker.isConnected()) worker.send(message, () => {})
  }

  #all(): Set<Worker> {
    return new Set([...this.#generation.workers, ...this.#retiring])
  }

  #kill(): void {
    kill(this.#all())
  }
}

/** The addresses of a configuration, those for metrics last. */
function addressesOf(config: Config): readonly Address[] {
  return [...config.listeners, ...(config.metricsAddress ?? [])]
}

function hasStoppedAccepting(worker: Worker): Promise<void> {
  return new Promise(resolve => {
    worker.on('exit', () => resolve())
    worker.on('message', ({ statewire: what }: FromWorker) => {
      if (what === 'stopped') resolve()
    })
  })
}

function kill(workers: Iterable<Worker>): void {
  for (const worker of workers) worker.process.kill('SIGKILL')
}

/** Each worker opens the roots for itself; a missing one is better reported once. */
async function checkRoots(config: Config): Promise<void> {
  await Sites.of(config, { fileSystem: nodeFileSystem, clock: systemClock })
}
