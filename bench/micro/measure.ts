import { Bench } from 'tinybench'
import type { PartOptions, Result } from '../report/result.ts'
import { type Contender, type Work, whoDoes } from './work.ts'

export type Pace = { readonly rounds: number; readonly timeMs: number; readonly warmupMs: number }

export const FULL: Pace = { rounds: 11, timeMs: 120, warmupMs: 60 }
export const QUICK: Pace = { rounds: 5, timeMs: 40, warmupMs: 20 }

const NS_PER_MS = 1e6

/** How long a work takes. */
export function secondsFor(work: Work, { rounds, timeMs, warmupMs }: Pace): number {
  return ((rounds + 1) * whoDoes(work).length * (timeMs + warmupMs)) / 1000
}

/**
 * Has all contenders do a work in turns: a round is one sample of each, so that both sides of a ratio met the same noise. One round
 * before them is thrown away: it is when things are compiled.
 */
export async function measure(
  work: Work,
  pace: Pace,
  { signal, progress }: Pick<PartOptions, 'signal' | 'progress'>,
): Promise<Result> {
  const all = whoDoes(work)
  const samples = all.map((): number[] => [])
  const turnSeconds = secondsFor(work, pace) / (pace.rounds + 1) / all.length
  for (let round = 0; round <= pace.rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      signal.throwIfAborted()
      // Who begins changes from round to round: what comes first meets the garbage of what came last.
      const i = (turn + round) % all.length
      const contender = all[i]!
      const which = round === 0 ? 'warm-up' : `round ${round} of ${pace.rounds}`
      progress.step(`${work.name}, ${which}: ${contender.name}`, turnSeconds)
      const sample =
        'time' in contender ? contender.time(pace.timeMs) : await sampleOf(contender, pace)
      if (round > 0) samples[i]!.push(sample)
      // Lets Ctrl-C through, and the garbage collector.
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return resultOf(work, samples)
}

/** Nanoseconds for one operation. */
async function sampleOf(
  { name, prepare, expected, operations }: Contender,
  { timeMs, warmupMs }: Pace,
): Promise<number> {
  const run = prepare()
  const bench = new Bench({ time: timeMs, warmupTime: warmupMs, throws: true })
  let wrong: number | undefined
  bench.add(name, () => {
    const sum = run()
    if (sum !== expected) wrong = sum
  })
  const [task] = await bench.run()
  if (wrong !== undefined)
    throw new Error(
      `${name} comes to ${wrong} in the place of ${expected}: it has not done its work`,
    )
  const { result } = task!
  if (result.state !== 'completed') throw new Error(`${name} was not measured: ${result.state}`)
  // The median: another program on the same core costs a run some milliseconds, and says nothing of this one.
  return (result.latency.p50 * NS_PER_MS) / operations
}

export function resultOf(work: Work, samples: readonly (readonly number[])[]): Result {
  const all = whoDoes(work)
  const samplesOf = (name: string): readonly number[] => {
    const i = all.findIndex(contender => contender.name === name)
    if (i === -1) throw new RangeError(`${name} has no part in ${work.name}`)
    return samples[i]!
  }
  return {
    part: 'micro',
    work: work.name,
    unit: work.unit,
    better: 'less',
    contenders: all.map(({ name, version }, i) => ({
      name,
      ...(version !== undefined && { version }),
      samples: samples[i]!,
    })),
    ratios: work.ratios.map(wanted => {
      const to = samplesOf(wanted.to)
      return { ...wanted, values: samplesOf(wanted.of).map((sample, round) => sample / to[round]!) }
    }),
    ...(work.note !== undefined && { note: work.note }),
  }
}
