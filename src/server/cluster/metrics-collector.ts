import type { Worker } from 'node:cluster'
import { metricsText } from '../metrics/metrics-text.ts'
import { type MetricSnapshot, sumCounters } from '../metrics/snapshot.ts'

/** How long a worker may take; of one that hangs, the last known metrics count. */
const WORKER_TIMEOUT_MS = 1000

type Snapshot = readonly MetricSnapshot[]

/** Adds up the metrics of all workers. The counts of workers that have ended stay. */
export class MetricsCollector {
  readonly #last = new Map<Worker, Snapshot>()
  readonly #waiting = new Map<Worker, (() => void)[]>()
  #ended: Snapshot = []

  /** `request` asks a worker for its metrics, which it must pass to `add()`. */
  async text(workers: Iterable<Worker>, request: (worker: Worker) => void): Promise<string> {
    await Promise.all(
      Array.from(workers, worker => {
        request(worker)
        return this.#next(worker)
      }),
    )
    return metricsText([...this.#last.values(), this.#ended])
  }

  add(worker: Worker, snapshot: Snapshot): void {
    this.#last.set(worker, snapshot)
    this.#resolve(worker)
  }

  /** The worker has ended. */
  remove(worker: Worker): void {
    const last = this.#last.get(worker)
    if (last !== undefined) this.#ended = sumCounters([this.#ended, last])
    this.#last.delete(worker)
    this.#resolve(worker)
  }

  #next(worker: Worker): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, WORKER_TIMEOUT_MS)
      const waiting = this.#waiting.get(worker) ?? []
      this.#waiting.set(worker, waiting)
      waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #resolve(worker: Worker): void {
    for (const resolve of this.#waiting.get(worker) ?? []) resolve()
    this.#waiting.delete(worker)
  }
}
