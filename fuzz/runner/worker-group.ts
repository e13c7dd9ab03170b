import { Corpus, type Discovery } from './corpus.ts'
import type { Failure } from './failure.ts'
import type { FromWorker, Job, ToWorker } from './messages.ts'
import { derivedSeed } from './seed.ts'
import type { SharedProgress } from './shared-progress.ts'
import { WatchedWorker, type WorkerOptions } from './watched-worker.ts'

/** The running workers, and their combined results. */
export class WorkerGroup {
  readonly corpus: Corpus = new Corpus()
  /** The first failure of each broken property. */
  readonly failures: Failure[] = []
  /** Resolves when all jobs are done; rejects if a worker cannot start. */
  readonly ended: Promise<void>
  readonly #options: WorkerOptions
  readonly #onFailure: (failure: Failure) => void
  readonly #workers = new Set<WatchedWorker>()
  readonly #progress: readonly SharedProgress[]
  readonly #discoveries: Discovery[] = []
  /** The latest tally of each worker, by property. */
  readonly #tallies = new Map<string, Map<WatchedWorker, ReadonlyMap<string, number>>>()
  #resolve!: () => void
  #reject!: (error: Error) => void

  constructor(options: WorkerOptions, jobs: readonly Job[], onFailure: (failure: Failure) => void) {
    this.#options = options
    this.#onFailure = onFailure
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#progress = jobs.map(job => this.#start(job).progress)
  }

  /** Returns the number of inputs checked for a property. */
  runsOf(property: number): number {
    return this.#progress.reduce((sum, progress) => sum + progress.runsOf(property), 0)
  }

  /** Returns the time spent on a property, in milliseconds summed over all workers. */
  msOf(property: number): number {
    return this.#progress.reduce((sum, progress) => sum + progress.msOf(property), 0)
  }

  /** Returns the tally of a property, summed over all workers. */
  tallyOf(property: string): ReadonlyMap<string, number> {
    const sum = new Map<string, number>()
    for (const tally of this.#tallies.get(property)?.values() ?? [])
      for (const [key, figure] of tally) sum.set(key, (sum.get(key) ?? 0) + figure)
    return sum
  }

  /** The properties that the workers are checking, each once. */
  get currentProperties(): string[] {
    return [
      ...new Set(
        Array.from(this.#workers, ({ job, progress }) => job.properties[progress.currentProperty]!),
      ),
    ]
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#workers, worker => worker.stop()))
  }

  #start(job: Job, progress?: SharedProgress): WatchedWorker {
    const worker = new WatchedWorker(this.#options, job, progress)
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
        return this.#setTally(worker, message.property, message.tally)
      case 'done':
        return this.#remove(worker)
    }
  }

  #setTally(worker: WatchedWorker, property: string, tally: ReadonlyMap<string, number>): void {
    const ofProperty =
      this.#tallies.get(property) ?? new Map<WatchedWorker, ReadonlyMap<string, number>>()
    this.#tallies.set(property, ofProperty.set(worker, tally))
  }

  #onDiscovery(finder: WatchedWorker, discovery: Discovery): void {
    if (!this.corpus.add(discovery)) return
    this.#discoveries.push(discovery)
    for (const worker of this.#workers)
      if (worker !== finder) worker.send({ kind: 'discovery', discovery })
  }

  /**
   * Blames the current property for a lost worker, and starts a new worker without that property.
   */
  #onLost(worker: WatchedWorker, reason: string): void {
    const { job, progress } = worker
    if (!worker.wasReady) return this.#reject(new Error(`a worker cannot start: ${reason}`))
    const found = progress.currentInput()
    const when = found === undefined ? ' (between two checks)' : ''
    this.#addFailure({
      property: job.properties[progress.currentProperty]!,
      ...(found && { found }),
      message: `${reason}${when}`,
    })
    if (job.kind === 'search' && this.failures.length < job.properties.length) {
      const next = this.#start(
        { ...job, seed: derivedSeed(job.seed, this.failures.length) },
        progress,
      )
      for (const { property } of this.failures) next.send({ kind: 'drop', property })
      for (const discovery of this.#discoveries) next.send({ kind: 'discovery', discovery })
    }
    this.#remove(worker)
  }

  #addFailure(failure: Failure): void {
    if (this.failures.some(({ property }) => property === failure.property)) return
    this.failures.push(failure)
    const message: ToWorker = { kind: 'drop', property: failure.property }
    for (const worker of this.#workers) worker.send(message)
    this.#onFailure(failure)
  }

  #remove(worker: WatchedWorker): void {
    this.#workers.delete(worker)
    if (this.#workers.size === 0) this.#resolve()
  }
}
