import { Bench } from 'tinybench'
import type { Result, SuiteOptions } from '../report/result.ts'
import { type Contender, participantsOf, type Workload } from './workload.ts'

export type Schedule = {
  readonly rounds: number
  readonly timeMs: number
  readonly warmupMs: number
}

export const FULL: Schedule = { rounds: 11, timeMs: 120, warmupMs: 60 }
export const QUICK: Schedule = { rounds: 5, timeMs: 40, warmupMs: 20 }

const NS_PER_MS = 1e6

/** How long a workload takes. */
export function secondsOf(workload: Workload, { rounds, timeMs, warmupMs }: Schedule): number {
  return ((rounds + 1) * participantsOf(workload).length * (timeMs + warmupMs)) / 1000
}

/**
 * Measures all contenders in alternation: a round takes one sample of each, so that both sides of a
 * ratio meet the same noise. The round before the first is a warm-up for the compiler, and is
 * discarded.
 */
export async function measure(
  workload: Workload,
  schedule: Schedule,
  { signal, progress }: Pick<SuiteOptions, 'signal' | 'progress'>,
): Promise<Result> {
  const all = participantsOf(workload)
  const samples = all.map((): number[] => [])
  const stepSeconds = secondsOf(workload, schedule) / (schedule.rounds + 1) / all.length
  for (let round = 0; round <= schedule.rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      signal.throwIfAborted()
      // Each round starts with another contender: the first one collects the garbage of the last.
      const i = (turn + round) % all.length
      const contender = all[i]!
      const which = round === 0 ? 'warm-up' : `round ${round} of ${schedule.rounds}`
      progress.step(`${workload.name}, ${which}: ${contender.name}`, stepSeconds)
      const sample =
        'time' in contender ? contender.time(schedule.timeMs) : await sampleOf(contender, schedule)
      if (round > 0) samples[i]!.push(sample)
      // Lets Node handle Ctrl-C, and collect garbage.
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return resultOf(workload, samples)
}

/** Nanoseconds per operation. */
async function sampleOf(
  { name, prepare, expected, operations }: Contender,
  { timeMs, warmupMs }: Schedule,
): Promise<number> {
  const run = prepare()
  const bench = new Bench({ time: timeMs, warmupTime: warmupMs, throws: true })
  let wrong: number | undefined
  bench.add(name, () => {
    const sum = run()
    if (sum !== expected) wrong = sum
  })
  const [task] = await bench.run()
  if (wrong !== undefined) throw new Error(`${name} returned ${wrong} instead of ${expected}`)
  const { result } = task!
  if (result.state !== 'completed') throw new Error(`${name} was not measured: ${result.state}`)
  // The median ignores runs that another process on the same core delayed by milliseconds.
  return (result.latency.p50 * NS_PER_MS) / operations
}

export function resultOf(workload: Workload, samples: readonly (readonly number[])[]): Result {
  const all = participantsOf(workload)
  const samplesOf = (name: string): readonly number[] => {
    const i = all.findIndex(contender => contender.name === name)
    if (i === -1) throw new RangeError(`${name} does not take part in ${workload.name}`)
    return samples[i]!
  }
  return {
    suite: 'micro',
    workload: workload.name,
    unit: workload.unit,
    better: 'less',
    contenders: all.map(({ name, version }, i) => ({
      name,
      ...(version !== undefined && { version }),
      samples: samples[i]!,
    })),
    ratios: workload.ratios.map(spec => {
      const denominators = samplesOf(spec.denominator)
      const values = samplesOf(spec.numerator).map((sample, i) => sample / denominators[i]!)
      return { ...spec, values }
    }),
    ...(workload.note !== undefined && { note: workload.note }),
  }
}
