import type {
  ContenderResult,
  Omission,
  Progress,
  Ratio,
  Result,
  SuiteResults,
} from '../report/result.ts'
import { medianOf, ratiosOf } from '../report/statistics.ts'
import type { Contender } from './contender.ts'
import { OURS } from './contenders.ts'
import type { LoadContext, Sample } from './load.ts'
import { type Server, startServer } from './start-server.ts'
import type { Workload } from './workload.ts'
import { groupOf } from './workloads.ts'

/** In the first second a just-in-time compiler compiles; in the second it may recompile. */
const WARM_UP_SECONDS_MAX = 2

/**
 * Returns the contenders in the order of a round: forwards, then backwards, then the same beginning
 * one contender later. No contender always follows the same other one.
 */
export function roundOrder<T>(contenders: readonly T[], round: number): T[] {
  const shift = (round >> 1) % Math.max(1, contenders.length)
  const shifted = [...contenders.slice(shift), ...contenders.slice(0, shift)]
  return round % 2 === 0 ? shifted : shifted.toReversed()
}

export type Plan = {
  readonly steps: number
  readonly seconds: number
  /** Of one round of one contender, and of warming one up. */
  readonly roundSeconds: number
  readonly warmUpSeconds: number
}

/** Computes how many steps a workload has, and how long they take. */
export function planOf(
  { load, roundsFactor = 1 }: Workload,
  contenders: number,
  rounds: number,
  seconds: number,
): Plan {
  const roundSeconds = (load.seconds ?? seconds) + load.overheadSeconds
  const warmUpSeconds = Math.min(seconds, WARM_UP_SECONDS_MAX) + load.overheadSeconds
  const measured = contenders * rounds * roundsFactor
  const warmedUp = load.kind === 'warm' ? contenders : 0
  return {
    steps: measured + warmedUp,
    seconds: measured * roundSeconds + warmedUp * warmUpSeconds,
    ...{ roundSeconds, warmUpSeconds },
  }
}

/**
 * Runs all rounds of a workload. A contender that fails becomes an omission with its reason; the
 * others continue.
 */
export async function runWorkload(
  workload: Workload,
  contenders: readonly Contender[],
  context: LoadContext,
  rounds: number,
  progress: Progress,
): Promise<SuiteResults> {
  const plan = planOf(workload, contenders.length, rounds, context.seconds)
  const omissions: Omission[] = []
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
  const attempt: Attempt = async (contender, what, seconds, run) => {
    context.signal.throwIfAborted()
    if (!samples.has(contender.name)) return
    progress.step(`${workload.name}, ${what}: ${contender.name}`, seconds)
    try {
      await run()
    } catch (error) {
      context.signal.throwIfAborted()
      samples.delete(contender.name)
      omissions.push({
        name: `${contender.name}, ${workload.name}`,
        reason: error instanceof Error ? error.message : `${error}`,
      })
    }
  }
  const sampler = await samplerFor(workload, contenders, context, plan.warmUpSeconds, attempt)
  try {
    const count = rounds * (workload.roundsFactor ?? 1)
    for (let round = 0; round < count; round++)
      for (const contender of roundOrder(contenders, round))
        await attempt(contender, `round ${round + 1} of ${count}`, plan.roundSeconds, async () => {
          samples.get(contender.name)?.push(await sampler.sample(contender))
        })
  } finally {
    await sampler.end()
  }
  const limited = sampler.saturates ? unsaturatedNote(samples) : ''
  const note = [sampler.note, limited].filter(text => text !== '').join(' ')
  return { results: resultsOf(workload, contenders, samples, note), omissions }
}

/** Runs a step; if it fails, the contender takes no further part in the workload. */
type Attempt = (
  contender: Contender,
  what: string,
  seconds: number,
  run: () => Promise<void>,
) => Promise<void>

type Sampler = {
  readonly sample: (contender: Contender) => Promise<Sample>
  readonly note: string
  readonly saturates: boolean
  readonly end: () => Promise<void>
}

/** Starts and warms up the servers, if the load keeps them for all rounds. */
async function samplerFor(
  { load }: Workload,
  contenders: readonly Contender[],
  context: LoadContext,
  warmUpSeconds: number,
  attempt: Attempt,
): Promise<Sampler> {
  if (load.kind === 'cold')
    return {
      ...{ sample: contender => load.measure(contender, context), note: '', saturates: false },
      end: async () => {},
    }
  const servers = new Map<Contender, Server>()
  const end = async (): Promise<void> =>
    void (await Promise.all([...servers.values()].map(one => one.stop())))
  const warmUp = { ...context, seconds: Math.min(context.seconds, WARM_UP_SECONDS_MAX) }
  try {
    for (const contender of contenders)
      await attempt(contender, 'warm-up', warmUpSeconds, async () => {
        const server = await startServer(contender, context.site, context.cores, context.signal)
        servers.set(contender, server)
        await load.check(server)
        await load.warmUp(server, warmUp)
      })
    const note = (await load.prepare?.([...servers.values()], warmUp)) ?? ''
    const sample = (contender: Contender): Promise<Sample> =>
      load.measure(servers.get(contender)!, context)
    return { sample, note, saturates: load.saturates, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** A server that used less of its core than this was not measured at its limit. */
const SATURATED = 0.8

/**
 * Names the servers that the load did not saturate: their rates are those of the load generator, or
 * of a busy machine.
 * @returns an empty string if there is none.
 */
export function unsaturatedNote(samples: ReadonlyMap<string, readonly Sample[]>): string {
  const names = [...samples].flatMap(([name, list]) => {
    const busy = list.map(sample => sample['cores busy']).filter(value => value !== undefined)
    if (busy.length === 0 || medianOf(busy) >= SATURATED) return []
    return [`${name} (${medianOf(busy).toFixed(2)} of its core)`]
  })
  return names.length === 0
    ? ''
    : `The load, or another process, limited ${names.join(', ')}; compare CPU times, not rates.`
}

/** Returns one result per measure. The first also has the medians of all other quantities. */
export function resultsOf(
  workload: Workload,
  contenders: readonly Contender[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  note: string,
): Result[] {
  const ours = workload.ours ?? OURS
  const group = groupOf(workload)
  return workload.measures.map(({ unit, better, comparedWith }, index): Result => {
    const valuesOf = (name: string, quantity: string): number[] =>
      (samples.get(name) ?? []).map(sample => sample[quantity]).filter(value => value !== undefined)
    const ratios = comparedWith.map(
      (name): Ratio => ({
        ...{ numerator: ours, denominator: name },
        values: ratiosOf(valuesOf(ours, unit), valuesOf(name, unit)),
      }),
    )
    const measured = contenders.filter(({ name }) => valuesOf(name, unit).length > 0)
    return {
      ...{ suite: 'server', workload: workload.name, unit, better },
      contenders: measured.map(({ name, version }): ContenderResult => {
        const others = new Set((samples.get(name) ?? []).flatMap(sample => Object.keys(sample)))
        others.delete(unit)
        const extra = Object.fromEntries(
          [...others].map(other => [other, medianOf(valuesOf(name, other))]),
        )
        return {
          name,
          ...(version === undefined ? {} : { version }),
          samples: valuesOf(name, unit),
          ...(index === 0 ? { extra } : {}),
        }
      }),
      ratios: ratios.filter(({ values }) => values.length > 0),
      ...(group === undefined ? {} : { group }),
      ...(note === '' ? {} : { note }),
    }
  })
}
