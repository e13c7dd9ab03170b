import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { messageOf } from './failure.ts'
import { duration } from './figures.ts'
import type { FromWorker, Job, ToWorker, WorkerStart } from './messages.ts'
import { SharedProgress } from './shared-progress.ts'

/** Silence is counted in looks and not by the clock: a machine that was asleep is no property that hangs. */
const SILENT_LOOKS_MAX = 20

/** What all workers have in common. */
export type Threads = {
  /** The module they run, as a URL. */
  readonly entry: string
  /** For how long a check may go on before its worker is given up. */
  readonly silenceMs: number
}

type Events = {
  message: [message: FromWorker]
  /** It does not answer any more, or has died, in the middle of its job. */
  lost: [reason: string]
}

/** A worker thread as the main thread sees it. */
export class WatchedWorker extends EventEmitter<Events> {
  readonly board: SharedProgress
  readonly job: Job
  /** Whether it came as far as its job. */
  wasReady = false
  readonly #silenceMs: number
  readonly #worker: Worker
  #watch: NodeJS.Timeout | undefined
  #over = false

  constructor(
    { entry, silenceMs }: Threads,
    job: Job,
    board: SharedProgress = new SharedProgress(job.properties.length),
  ) {
    super()
    this.#silenceMs = silenceMs
    this.job = job
    this.board = board
    const workerData: WorkerStart = { job, memory: board.memory }
    this.#worker = new Worker(new URL(entry), { workerData })
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message))
    this.#worker.on('error', error =>
      this.#lose(`thrown outside of the check: ${messageOf(error)}`),
    )
    this.#worker.on('exit', code => this.#lose(`its thread ended with ${code}`))
  }

  say(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  async stop(): Promise<void> {
    this.#over = true
    clearInterval(this.#watch)
    await this.#worker.terminate()
  }

  #onMessage(message: FromWorker): void {
    if (message.kind === 'ready') {
      this.wasReady = true
      this.#startWatch()
    }
    if (message.kind === 'done') void this.stop()
    this.emit('message', message)
  }

  #startWatch(): void {
    let { beats } = this.board
    let silent = 0
    this.#watch = setInterval(() => {
      silent = beats === this.board.beats ? silent + 1 : 0
      beats = this.board.beats
      if (silent === SILENT_LOOKS_MAX) this.#lose(`no end of it after ${duration(this.#silenceMs)}`)
    }, this.#silenceMs / SILENT_LOOKS_MAX)
  }

  #lose(reason: string): void {
    if (this.#over) return
    void this.stop()
    this.emit('lost', reason)
  }
}
