import type { Board } from './board.ts'
import { Corpus, type Discovery } from './corpus.ts'
import type { Failure } from './failure.ts'
import type { FromWorker, Job, ToWorker } from './messages.ts'
import { derivedSeed } from './seed.ts'
import { type Threads, WatchedWorker } from './watched-worker.ts'

/** The workers at their jobs, and what they have found together. */
export class Crew {
  readonly corpus: Corpus = new Corpus()
  /** The first failure of each broken law. */
  readonly failures: Failure[] = []
  /** Resolves when all jobs are done, rejects where a worker cannot start. */
  readonly ended: Promise<void>
  readonly #threads: Threads
  readonly #onFailure: (failure: Failure) => void
  readonly #workers = new Set<WatchedWorker>()
  readonly #boards: readonly Board[]
  readonly #discoveries: Discovery[] = []
  /** The last that each worker has told, by its law. */
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

  /** How many inputs of a law have been tried. */
  runsOf(law: number): number {
    return this.#boards.reduce((sum, board) => sum + board.runsOf(law), 0)
  }

  /** For how long a law has been at hand, in milliseconds of all workers. */
  msOf(law: number): number {
    return this.#boards.reduce((sum, board) => sum + board.msOf(law), 0)
  }

  /** What a law has counted in all workers. */
  tallyOf(law: string): ReadonlyMap<string, number> {
    const sum = new Map<string, number>()
    for (const tally of this.#tallies.get(law)?.values() ?? [])
      for (const [key, figure] of tally) sum.set(key, (sum.get(key) ?? 0) + figure)
    return sum
  }

  /** What the workers are at, each law once. */
  get lawsAtHand(): string[] {
    return [...new Set(Array.from(this.#workers, ({ job, board }) => job.laws[board.law]!))]
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#workers, worker => worker.stop()))
  }

  #start(job: Job, board?: Board): WatchedWorker {
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
        return this.#keepTally(worker, message.law, message.tally)
      case 'done':
        return this.#leave(worker)
    }
  }

  #keepTally(worker: WatchedWorker, law: string, tally: ReadonlyMap<string, number>): void {
    const ofLaw = this.#tallies.get(law) ?? new Map<WatchedWorker, ReadonlyMap<string, number>>()
    this.#tallies.set(law, ofLaw.set(worker, tally))
  }

  #onDiscovery(finder: WatchedWorker, discovery: Discovery): void {
    if (!this.corpus.add(discovery)) return
    this.#discoveries.push(discovery)
    for (const worker of this.#workers) if (worker !== finder) worker.say({ kind: 'discovery', discovery })
  }

  /** A worker that hangs or has died is the fault of the law at hand. Another one goes on without that law. */
  #onLost(worker: WatchedWorker, reason: string): void {
    const { job, board } = worker
    if (!worker.wasReady) return this.#reject(new Error(`a worker cannot start: ${reason}`))
    const found = board.announced()
    const when = found === undefined ? ' (between two checks)' : ''
    this.#addFailure({ law: job.laws[board.law]!, ...(found && { found }), message: `${reason}${when}` })
    if (job.kind === 'search' && this.failures.length < job.laws.length) {
      const next = this.#start({ ...job, seed: derivedSeed(job.seed, this.failures.length) }, board)
      for (const { law } of this.failures) next.say({ kind: 'drop', law })
      for (const discovery of this.#discoveries) next.say({ kind: 'discovery', discovery })
    }
    this.#leave(worker)
  }

  #addFailure(failure: Failure): void {
    if (this.failures.some(({ law }) => law === failure.law)) return
    this.failures.push(failure)
    const message: ToWorker = { kind: 'drop', law: failure.law }
    for (const worker of this.#workers) worker.say(message)
    this.#onFailure(failure)
  }

  #leave(worker: WatchedWorker): void {
    this.#workers.delete(worker)
    if (this.#workers.size === 0) this.#resolve()
  }
}
