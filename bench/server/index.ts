import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { times } from '../report/numbers.ts'
import type { Omission, PartOptions, PartOutcome, Result } from '../report/result.ts'
import { medianOf } from '../report/statistics.ts'
import { ROOT } from '../root.ts'
import { type Contender, findContenders, OURS } from './contenders.ts'
import { chooseCores, moveTo } from './cores.ts'
import type { Programs, Stage } from './load.ts'
import { compile, installPackages, programPath } from './programs.ts'
import { planOf, runRow } from './rounds.ts'
import { ROWS, type Row } from './rows.ts'
import { makeSite } from './site.ts'

export const FULL = { rounds: 5, seconds: 4 } as const
export const QUICK = { rounds: 3, seconds: 1 } as const

/** Whole servers beside their peers: table by table, all contenders in turns. */
export async function benchServers(options: PartOptions): Promise<PartOutcome> {
  const { quick, signal, progress } = options
  const { rounds, seconds } = { ...(quick ? QUICK : FULL), ...given(options) }
  if (process.platform !== 'linux')
    return {
      results: [],
      omissions: [{ name: 'whole servers', why: 'they are measured by /proc: Linux only' }],
    }
  if (!existsSync(join(ROOT, 'dist/cli.js')))
    throw new Error('there is no dist/cli.js: npm run build makes it')

  const rows = selectRows(options)
  const omissions: Omission[] = installed()
  const cores = coresOf(omissions)
  const site = makeSite(rows.some(({ name }) => name.includes('100 MiB')))
  try {
    // This process keeps off the server's core as well.
    if (cores !== undefined) moveTo(cores.load)
    const stage: Stage = { site, cores, signal, seconds, programs: findPrograms(site.work) }
    const found = findContenders(site.work)
    const planned = rows.map(row => ({
      row,
      contenders: contendersOf(row, found, options, omissions),
    }))
    const able = planned.filter(({ row, contenders }) =>
      isAble(row, contenders, stage.programs, omissions),
    )
    for (const { row, contenders } of able) {
      const plan = planOf(row, contenders.length, rounds, seconds)
      progress.plan(plan.steps, plan.seconds)
    }
    const results: Result[] = []
    for (const { row, contenders } of able) {
      const outcome = await outcomeOf(row, contenders, stage, rounds, progress)
      results.push(...outcome.results)
      omissions.push(...outcome.omissions)
      for (const line of inShort(outcome)) progress.say(line)
    }
    return { results, omissions }
  } finally {
    if (cores !== undefined) moveTo(cores.all)
    site.remove()
  }
}

/** A row that cannot be run is left out; the others are worth having. */
async function outcomeOf(
  ...[row, contenders, stage, rounds, progress]: Parameters<typeof runRow>
): Promise<PartOutcome> {
  try {
    return await runRow(row, contenders, stage, rounds, progress)
  } catch (error) {
    stage.signal.throwIfAborted()
    return {
      results: [],
      omissions: [{ name: row.name, why: error instanceof Error ? error.message : `${error}` }],
    }
  }
}

function given({ rounds, seconds }: PartOptions): { rounds?: number; seconds?: number } {
  return {
    ...(rounds === undefined ? {} : { rounds }),
    ...(seconds === undefined ? {} : { seconds }),
  }
}

function selectRows({ quick, only }: PartOptions): Row[] {
  const named = ROWS.filter(
    ({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()),
  )
  // Who asks for a row by name gets it in a quick run, too.
  return only === undefined && quick ? named.filter(row => row.quick.length > 0) : named
}

function contendersOf(
  row: Row,
  found: ReturnType<typeof findContenders>,
  { quick, contender: wanted }: PartOptions,
  omissions: Omission[],
): Contender[] {
  const names = quick && row.quick.length > 0 ? row.quick : row.contenders
  return names.flatMap(name => {
    const isOurs = name === (row.ours ?? OURS)
    if (wanted !== undefined && !isOurs && !name.toLowerCase().includes(wanted.toLowerCase()))
      return []
    const one = found.find(other => other.name === name)
    if (one === undefined) throw new RangeError(`nobody is called ${name}`)
    if (!('missing' in one)) return [one]
    if (!omissions.some(other => other.name === name)) omissions.push({ name, why: one.missing })
    return []
  })
}

function isAble(
  row: Row,
  contenders: readonly Contender[],
  programs: Programs,
  omissions: Omission[],
): boolean {
  const why = row.load.missing(programs)
  if (why !== undefined) omissions.push({ name: row.name, why })
  return why === undefined && contenders.length > 0
}

function installed(): Omission[] {
  try {
    installPackages()
    return []
  } catch (error) {
    const why = `npm ci --prefix bench failed: ${error instanceof Error ? error.message : error}`
    return [{ name: 'packages of contenders', why }]
  }
}

function findPrograms(work: string): Programs {
  return {
    wrk: programPath('wrk'),
    fixedRate: compile('load/fixed-rate.c', work),
    h2load: programPath('h2load'),
  }
}

function coresOf(omissions: Omission[]): ReturnType<typeof chooseCores> {
  const cores = programPath('taskset') === undefined ? undefined : chooseCores()
  if (cores === undefined)
    omissions.push({
      name: 'a core for the server alone',
      why: 'it takes two cores and taskset (apt-get install util-linux)',
    })
  return cores
}

/** One line for each result, while the others still run. */
function inShort({ results, omissions }: PartOutcome): string[] {
  return [
    ...results.map(({ work, unit, ratios }) => {
      const list = ratios.map(({ to, values }) => `${times(medianOf(values))} ${to}`)
      return `${work}, ${unit}: ${list.length === 0 ? 'nothing to compare with' : list.join(', ')}`
    }),
    ...omissions.map(({ name, why }) => `${name}: left out: ${why}`),
  ]
}
