import { Corpus, type Discovery } from './corpus.ts'
import type { Failure } from './failure.ts'
import type { FromWorker, Job, ToWorker } from './messages.ts'
import { derivedSeed } from './seed.ts'
import type { SharedProgress } from './shared-progress.ts'
import { type Threads, WatchedWorker } from './watched-worker.ts'

/** The workers at their jobs, and what they have found together. */
export class WorkerGroup {
  readonly corpus: Corpus = new Corpus()
  /** The first failure of each broken property. */
  readonly failures: Failure[] = []
  /** Resolves when all jobs are done, rejects where a worker cannot start. */
  readonly ended: Promise<void>
  readonly #threads: Threads
  readonly #onFailure: (failure: Failure) => void
  readonly #workers = new Set<WatchedWorker>()
  readonly #boards: readonly SharedProgress[]
  readonly #discoveries: Discovery[] = []
  /** The last that each worker has told, by its property. */
  readonly #tallies = new Map<string, Map<WatchedWorker, ReadonlyMap<string, number>>>()
  #resolve!: () => void
  #reject!: (error: Error) => void

  constructor(threads: Threads, jobs: readonly Job[], onFailure: (failure: Failure) => void) {
    this.#threads = threads
    this.#onFailure = onFailure
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#boards = jobs.map(job => this.#start(job).board)
  }

  /** How many inputs of a property have been tried. */
  runsOf(property: number): number {
    return this.#boards.reduce((sum, board) => sum + board.runsOf(property), 0)
  }

  /** For how long a property has been at hand, in milliseconds of all workers. */
  msOf(property: number): number {
    return this.#boards.reduce((sum, board) => sum + board.msOf(property), 0)
  }

  /** What a property has counted in all workers. */
  tallyOf(property: string): ReadonlyMap<string, number> {
    const sum = new Map<string, number>()
    for (const tally of this.#tallies.get(property)?.values() ?? [])
      for (const [key, figure] of tally) sum.set(key, (sum.get(key) ?? 0) + figure)
    return sum
  }

  /** What the workers are at, each property once. */
  get currentProperties(): string[] {
    return [
      ...new Set(Array.from(this.#workers, ({ job, board }) => job.properties[board.property]!)),
    ]
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#workers, worker => worker.stop()))
  }

  #start(job: Job, board?: SharedProgress): WatchedWorker {
    const worker = new WatchedWorker(this.#threads, job, board)
    this.#workers.add(worker)
    worker.on('message', message => this.#onMessage(worker, message))
    worker.on('lost', reason => this.#onLost(worker, reason))
    return worker
  }

  #onMessage(worker: WatchedWorker, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return
      case 'discovery':
        return this.#onDiscovery(worker, message.discovery)
      case 'failure':
        return this.#addFailure(message.failure)
      case 'tally':
        return this.#keepTally(worker, message.property, message.tally)
      case 'done':
        return this.#leave(worker)
    }
  }

  #keepTally(worker: WatchedWorker, property: string, tally: ReadonlyMap<string, number>): void {
    const ofProperty =
      this.#tallies.get(property) ?? new Map<WatchedWorker, ReadonlyMap<string, number>>()
    this.#tallies.set(property, ofProperty.set(worker, tally))
  }

  #onDiscovery(finder: WatchedWorker, discovery: Discovery): void {
    if (!this.corpus.add(discovery)) return
    this.#discoveries.push(discovery)
    for (const worker of this.#workers)
      if (worker !== finder) worker.say({ kind: 'discovery', discovery })
  }

  /** A worker that hangs or has died is the fault of the property at hand. Another one goes on without that property. */
  #onLost(worker: WatchedWorker, reason: string): void {
    const { job, board } = worker
    if (!worker.wasReady) return this.#reject(new Error(`a worker cannot start: ${reason}`))
    const found = board.announced()
    const when = found === undefined ? ' (between two checks)' : ''
    this.#addFailure({
      property: job.properties[board.property]!,
      ...(found && { found }),
      message: `${reason}${when}`,
    })
    if (job.kind === 'search' && this.failures.length < job.properties.length) {
      const next = this.#start({ ...job, seed: derivedSeed(job.seed, this.failures.length) }, board)
      for (const { property } of this.failures) next.say({ kind: 'drop', property })
      for (const discovery of this.#discoveries) next.say({ kind: 'discovery', discovery })
    }
    this.#leave(worker)
  }

  #addFailure(failure: Failure): void {
    if (this.failures.some(({ property }) => property === failure.property)) return
    this.failures.push(failure)
    const message: ToWorker = { kind: 'drop', property: failure.property }
    for (const worker of this.#workers) worker.say(message)
    this.#onFailure(failure)
  }

  #leave(worker: WatchedWorker): void {
    this.#workers.delete(worker)
    if (this.#workers.size === 0) this.#resolve()
  }
}
