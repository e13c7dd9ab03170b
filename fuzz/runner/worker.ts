import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { AnyProperty } from '../properties/index.ts'
import { runBatch } from './batch.ts'
import { checkInput } from './check-input.ts'
import { Corpus } from './corpus.ts'
import { failureOf } from './failure.ts'
import type { FromWorker, Job, ToWorker, WorkerStart } from './messages.ts'
import { derivedSeed } from './seed.ts'
import { SharedProgress } from './shared-progress.ts'

/** The size of a property's first batch, and of every batch in a run without a time limit. */
const BATCH_RUNS = 100
const BATCH_RUNS_MAX = 2000
/** The time that a batch should take, so that no property waits long for its turn. */
const BATCH_MS = 100

type Search = Extract<Job, { kind: 'search' }>
type Turn = { readonly property: AnyProperty; readonly index: number; batchRuns: number }

/** Runs the job of this worker thread. */
export async function work(properties: readonly AnyProperty[]): Promise<void> {
  const { job, memory } = workerData as WorkerStart
  const progress = new SharedProgress(job.properties.length, memory)
  const chosen = job.properties.map(name => properties.find(property => property.name === name)!)
  // Keeps the thread alive while a check never settles; the main thread then reports a hang.
  parentPort!.ref()
  send({ kind: 'ready' })
  if (job.kind === 'search') await search(job, chosen, progress)
  else await replay(chosen[0]!, job.input, progress)
  send({ kind: 'done' })
}

async function replay(
  property: AnyProperty,
  input: unknown,
  progress: SharedProgress,
): Promise<void> {
  const thrown = await checkInput(property, input, progress)
  if (thrown !== undefined) send({ kind: 'failure', failure: failureOf(property, input, thrown) })
}

async function search(
  job: Search,
  properties: readonly AnyProperty[],
  progress: SharedProgress,
): Promise<void> {
  const { seed, runs, deadline } = job
  const corpus = new Corpus()
  let turns: readonly Turn[] = properties.map((property, index) => ({
    property,
    index,
    batchRuns: BATCH_RUNS,
  }))
  const drop = (name: string): void => {
    turns = turns.filter(({ property }) => property.name !== name)
  }
  parentPort!.on('message', (message: ToWorker) => {
    if (message.kind === 'drop') drop(message.property)
    else corpus.add(message.discovery)
  })
  const timed = Number.isFinite(deadline)
  const spent = timed
    ? (index: number) => progress.msOf(index)
    : (index: number) => progress.runsOf(index)
  for (let batch = 0; Date.now() < deadline; batch++) {
    // Messages of the main thread are handled between batches.
    await setImmediate()
    turns = turns.filter(({ index }) => progress.runsOf(index) < runs[index]!)
    if (turns.length === 0) return
    const turn = turns.reduce((least, other) =>
      spent(other.index) < spent(least.index) ? other : least,
    )
    const { property, index } = turn
    const start = performance.now()
    progress.currentProperty = index
    const failure = await runBatch({
      property,
      seed: derivedSeed(seed, batch),
      runs: Math.min(turn.batchRuns, runs[index]! - progress.runsOf(index)),
      deadline,
      corpus,
      progress,
      onDiscovery: discovery => send({ kind: 'discovery', discovery }),
    })
    const ms = performance.now() - start
    progress.countMs(index, ms)
    if (property.tally !== undefined)
      send({ kind: 'tally', property: property.name, tally: property.tally })
    if (timed)
      turn.batchRuns = Math.min(
        Math.max(Math.round((turn.batchRuns * BATCH_MS) / ms), 1),
        BATCH_RUNS_MAX,
      )
    if (failure !== undefined) {
      drop(property.name)
      send({ kind: 'failure', failure })
    }
  }
}

function send(message: FromWorker): void {
  parentPort!.postMessage(message)
}
