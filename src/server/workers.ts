import cluster, { type Worker } from 'node:cluster'
import { EventEmitter } from 'node:events'
import type { Config } from './config/settings.ts'
import type { Log } from './log.ts'
import { ListenError, type RunningServer, type Server, type ServerEvents } from './server.ts'

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
  readonly #config: Config
  readonly #log: Log
  readonly #workers = new Set<Worker>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #pauseMs = PAUSE_MIN_MS
  #ending = false

  private constructor(config: Config, log: Log) {
    super()
    this.#config = config
    this.#log = log
  }

  /** Resolves when all workers listen. */
  static async start(config: Config, log: Log): Promise<Fleet> {
    const fleet = new Fleet(config, log)
    try {
      await Promise.all(Array.from({ length: config.workers }, () => fleet.#fork()))
    } catch (error) {
      await fleet.close()
      throw error
    }
    return fleet
  }

  async drain(): Promise<boolean> {
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
    const worker = cluster.fork()
    const bornMs = performance.now()
    this.#workers.add(worker)
    return new Promise((resolve, reject) => {
      let listening = false
      worker.on('message', (message: FromWorker) => {
        if (message.statewire === 'failed') reject(new ListenError(message.message))
        if (message.statewire !== 'listening') return
        listening = true
        this.urls = message.urls
        this.readStrategy = message.readStrategy
        resolve()
      })
      worker.on('exit', (code, signal) => {
        this.#workers.delete(worker)
        const how = signal ?? `exit code ${code}`
        reject(new Error(`worker ${worker.process.pid} ended before it listened (${how})`))
        if (listening && !this.#ending) this.#replace(worker, how, performance.now() - bornMs)
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
        if (!this.#ending) this.#replace(worker, error.message, 0)
      })
    }, pauseMs)
    this.#timers.add(timer)
  }

  /** Tells all workers to end; resolves to their exit codes, null for one that was killed. */
  async #end(how: ToWorker['statewire']): Promise<(number | null)[]> {
    this.#ending = true
    for (const timer of this.#timers) clearTimeout(timer)
    return Promise.all(
      Array.from(this.#workers, worker => {
        const ended = new Promise<number | null>(resolve => worker.on('exit', resolve))
        if (worker.isConnected()) worker.send({ statewire: how } satisfies ToWorker)
        return ended
      }),
    )
  }

  #kill(): void {
    for (const worker of this.#workers) worker.process.kill('SIGKILL')
  }
}

/** In a worker: tells the primary process that the server listens, and does as it says; ends with it. */
export function obeyPrimary(server: Server): void {
  const leave = async (how: ToWorker['statewire']) => {
    if (how === 'close') await server.close()
    else if (!(await server.drain())) process.exitCode = 1
    cluster.worker?.disconnect()
  }
  process.on('message', (message: ToWorker) => leave(message.statewire))
  process.on('disconnect', () => leave('drain'))
  send({ statewire: 'listening', urls: server.urls, readStrategy: server.readStrategy })
}

/** In a worker: tells the primary process why there is no server. */
export function tellFailure(error: unknown): void {
  send({ statewire: 'failed', message: error instanceof Error ? error.message : String(error) })
  cluster.worker?.disconnect()
}

function send(message: FromWorker): void {
  process.send?.(message)
}
