import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { AnyProperty } from '../properties/index.ts'
import { runBatch } from './batch.ts'
import { Corpus } from './corpus.ts'
import { failureOf } from './failure.ts'
import type { FromWorker, Job, ToWorker, WorkerStart } from './messages.ts'
import { derivedSeed } from './seed.ts'
import { SharedProgress } from './shared-progress.ts'
import { tryInput } from './trial.ts'

/** The first batch of a property, and every one where the clock must have no say. */
const BATCH_RUNS = 100
const BATCH_RUNS_MAX = 2000
/** What a batch should take, so that no property waits long for its turn. */
const BATCH_MS = 100

type Search = Extract<Job, { kind: 'search' }>
type Turn = { readonly property: AnyProperty; readonly index: number; batchRuns: number }

/** Does the job that this thread was started for. */
export async function work(properties: readonly AnyProperty[]): Promise<void> {
  const { job, memory } = workerData as WorkerStart
  const board = new SharedProgress(job.properties.length, memory)
  const chosen = job.properties.map(name => properties.find(property => property.name === name)!)
  // A promise that never settles is to be seen as one, and not to end the thread.
  parentPort!.ref()
  say({ kind: 'ready' })
  if (job.kind === 'search') await search(job, chosen, board)
  else await replay(chosen[0]!, job.input, board)
  say({ kind: 'done' })
}

async function replay(property: AnyProperty, input: unknown, board: SharedProgress): Promise<void> {
  const thrown = await tryInput(property, input, board)
  if (thrown !== undefined) say({ kind: 'failure', failure: failureOf(property, input, thrown) })
}

async function search(
  job: Search,
  properties: readonly AnyProperty[],
  board: SharedProgress,
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
    ? (index: number) => board.msOf(index)
    : (index: number) => board.runsOf(index)
  for (let batch = 0; Date.now() < deadline; batch++) {
    // What the main thread says is read between batches.
    await setImmediate()
    turns = turns.filter(({ index }) => board.runsOf(index) < runs[index]!)
    if (turns.length === 0) return
    const turn = turns.reduce((least, one) => (spent(one.index) < spent(least.index) ? one : least))
    const { property, index } = turn
    const start = performance.now()
    board.property = index
    const failure = await runBatch({
      property,
      seed: derivedSeed(seed, batch),
      runs: Math.min(turn.batchRuns, runs[index]! - board.runsOf(index)),
      deadline,
      corpus,
      board,
      onDiscovery: discovery => say({ kind: 'discovery', discovery }),
    })
    const ms = performance.now() - start
    board.countMs(index, ms)
    if (property.tally !== undefined)
      say({ kind: 'tally', property: property.name, tally: property.tally })
    if (timed)
      turn.batchRuns = Math.min(
        Math.max(Math.round((turn.batchRuns * BATCH_MS) / ms), 1),
        BATCH_RUNS_MAX,
      )
    if (failure !== undefined) {
      drop(property.name)
      say({ kind: 'failure', failure })
    }
  }
}

function say(message: FromWorker): void {
  parentPort!.postMessage(message)
}
