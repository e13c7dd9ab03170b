import type {
  ContenderResult,
  Omission,
  PartOutcome,
  Progress,
  Ratio,
  Result,
} from '../report/result.ts'
import { medianOf, ratiosOf } from '../report/statistics.ts'
import { type Contender, OURS } from './contenders.ts'
import type { Sample, Stage } from './load.ts'
import type { Row } from './rows.ts'
import { type Server, startServer } from './servers.ts'

/** A first second makes a just-in-time compiler compile, a second one lets it change its mind. */
const WARM_UP_SECONDS_MAX = 2

/** Round by round in another order, so that none always follows the same one: there and back, then begun one further. */
export function orderOf<T>(contenders: readonly T[], round: number): T[] {
  const turn = (round >> 1) % Math.max(1, contenders.length)
  const turned = [...contenders.slice(turn), ...contenders.slice(0, turn)]
  return round % 2 === 0 ? turned : turned.toReversed()
}

export type Plan = {
  readonly steps: number
  readonly seconds: number
  /** Of one round of one contender, and of warming one up. */
  readonly roundSeconds: number
  readonly warmUpSeconds: number
}

/** How many steps a row takes, and how long. */
export function planOf(
  { load, roundsTimes = 1 }: Row,
  contenders: number,
  rounds: number,
  seconds: number,
): Plan {
  const roundSeconds = (load.seconds ?? seconds) + load.overheadSeconds
  const warmUpSeconds = Math.min(seconds, WARM_UP_SECONDS_MAX) + load.overheadSeconds
  const measured = contenders * rounds * roundsTimes
  const warmed = load.kind === 'kept' ? contenders : 0
  return {
    steps: measured + warmed,
    seconds: measured * roundSeconds + warmed * warmUpSeconds,
    ...{ roundSeconds, warmUpSeconds },
  }
}

/** Runs all rounds of one work. A contender that fails is left out, with its reason; the others go on. */
export async function runRow(
  row: Row,
  contenders: readonly Contender[],
  stage: Stage,
  rounds: number,
  progress: Progress,
): Promise<PartOutcome> {
  const { roundSeconds, warmUpSeconds } = planOf(row, contenders.length, rounds, stage.seconds)
  const omissions: Omission[] = []
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
  const attempt: Attempt = async (contender, what, seconds, work) => {
    stage.signal.throwIfAborted()
    if (!samples.has(contender.name)) return
    progress.step(`${row.name}, ${what}: ${contender.name}`, seconds)
    try {
      await work()
    } catch (error) {
      stage.signal.throwIfAborted()
      samples.delete(contender.name)
      omissions.push({
        name: `${contender.name}, ${row.name}`,
        why: error instanceof Error ? error.message : `${error}`,
      })
    }
  }
  const measure = await measureOf(row, contenders, stage, warmUpSeconds, attempt)
  try {
    const count = rounds * (row.roundsTimes ?? 1)
    for (let round = 0; round < count; round++)
      for (const contender of orderOf(contenders, round))
        await attempt(contender, `round ${round + 1} of ${count}`, roundSeconds, async () => {
          samples.get(contender.name)?.push(await measure.sample(contender))
        })
  } finally {
    await measure.end()
  }
  return { results: resultsOf(row, contenders, samples, measure.note), omissions }
}

/** A step that may fail, which leaves the contender out of the row. */
type Attempt = (
  contender: Contender,
  what: string,
  seconds: number,
  work: () => Promise<void>,
) => Promise<void>

type Measure = {
  readonly sample: (contender: Contender) => Promise<Sample>
  readonly note: string
  readonly end: () => Promise<void>
}

async function measureOf(
  { load }: Row,
  contenders: readonly Contender[],
  stage: Stage,
  warmUpSeconds: number,
  attempt: Attempt,
): Promise<Measure> {
  if (load.kind === 'fresh')
    return { sample: contender => load.measure(contender, stage), note: '', end: async () => {} }
  const servers = new Map<Contender, Server>()
  const end = async (): Promise<void> =>
    void (await Promise.all([...servers.values()].map(one => one.stop())))
  const warming = { ...stage, seconds: Math.min(stage.seconds, WARM_UP_SECONDS_MAX) }
  try {
    for (const contender of contenders)
      await attempt(contender, 'warming up', warmUpSeconds, async () => {
        const server = await startServer(contender, stage.site, stage.cores, stage.signal)
        servers.set(contender, server)
        await load.check(server)
        await load.warmUp(server, warming)
      })
    const note = (await load.prepare?.([...servers.values()], warming)) ?? ''
    return { sample: contender => load.measure(servers.get(contender)!, stage), note, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** One result for each claim; the first also holds what else was measured. */
export function resultsOf(
  row: Row,
  contenders: readonly Contender[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  note: string,
): Result[] {
  const ours = row.ours ?? OURS
  return row.claims.map(({ unit, better, beside }, index): Result => {
    const valuesOf = (name: string, measure: string): number[] =>
      (samples.get(name) ?? []).map(sample => sample[measure]).filter(value => value !== undefined)
    const ratios = beside.map(
      ({ to, ...bounds }): Ratio => ({
        ...{ of: ours, to, ...bounds },
        values: ratiosOf(valuesOf(ours, unit), valuesOf(to, unit)),
      }),
    )
    const measured = contenders.filter(({ name }) => valuesOf(name, unit).length > 0)
    return {
      ...{ part: 'server', work: row.name, unit, better },
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
      ...(note === '' ? {} : { note }),
    }
  })
}
