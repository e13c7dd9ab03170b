import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { messageOf } from './failure.ts'
import { duration } from './figures.ts'
import type { FromWorker, Job, ToWorker, WorkerStart } from './messages.ts'
import { SharedProgress } from './shared-progress.ts'

/**
 * Silence is counted in polls, not by the clock: after the machine slept, nothing counts as hung.
 */
const SILENT_POLLS_MAX = 20

/** Options that all workers share. */
export type WorkerOptions = {
  /** The URL of the module that the workers run. */
  readonly entry: string
  /** How long a check may take before its worker is stopped. */
  readonly checkMsMax: number
}

type Events = {
  message: [message: FromWorker]
  /** The worker hangs or has died before the end of its job. */
  lost: [reason: string]
}

/** A worker thread, watched by the main thread for hangs and crashes. */
export class WatchedWorker extends EventEmitter<Events> {
  readonly progress: SharedProgress
  readonly job: Job
  /** Whether it has started its job. */
  wasReady = false
  readonly #checkMsMax: number
  readonly #worker: Worker
  #watch: NodeJS.Timeout | undefined
  #over = false

  constructor(
    { entry, checkMsMax }: WorkerOptions,
    job: Job,
    progress: SharedProgress = new SharedProgress(job.properties.length),
  ) {
    super()
    this.#checkMsMax = checkMsMax
    this.job = job
    this.progress = progress
    const workerData: WorkerStart = { job, memory: progress.memory }
    this.#worker = new Worker(new URL(entry), { workerData })
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message))
    this.#worker.on('error', error => this.#giveUp(`thrown outside the check: ${messageOf(error)}`))
    this.#worker.on('exit', code => this.#giveUp(`its thread exited with code ${code}`))
  }

  send(message: ToWorker): void {
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
    let { heartbeats } = this.progress
    let silentPolls = 0
    this.#watch = setInterval(() => {
      silentPolls = heartbeats === this.progress.heartbeats ? silentPolls + 1 : 0
      heartbeats = this.progress.heartbeats
      if (silentPolls === SILENT_POLLS_MAX)
        this.#giveUp(`the check did not end within ${duration(this.#checkMsMax)}`)
    }, this.#checkMsMax / SILENT_POLLS_MAX)
  }

  #giveUp(reason: string): void {
    if (this.#over) return
    void this.stop()
    this.emit('lost', reason)
  }
}
