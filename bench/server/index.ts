import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { times } from '../report/numbers.ts'
import type { Omission, Result, SuiteOptions, SuiteResults } from '../report/result.ts'
import { medianOf } from '../report/statistics.ts'
import { ROOT } from '../root.ts'
import type { Contender, FoundContender } from './contender.ts'
import { findContenders, OURS } from './contenders.ts'
import { chooseCores, moveThisProcessTo } from './cores.ts'
import type { LoadContext, Programs } from './load.ts'
import { installPackages } from './packages.ts'
import { compile, programPath } from './programs.ts'
import { planOf, runWorkload } from './rounds.ts'
import { makeSites } from './site.ts'
import type { Workload } from './workload.ts'
import { WORKLOADS } from './workloads.ts'

export const FULL = { rounds: 5, seconds: 4 } as const
export const QUICK = { rounds: 3, seconds: 1 } as const

/** Compares statewire with other servers, one workload after another, in alternating rounds. */
export async function benchServers(options: SuiteOptions): Promise<SuiteResults> {
  const { quick, signal, progress } = options
  const { rounds, seconds } = { ...(quick ? QUICK : FULL), ...overridesIn(options) }
  if (process.platform !== 'linux')
    return {
      results: [],
      omissions: [{ name: 'whole servers', reason: 'they are measured by /proc: Linux only' }],
    }
  if (!existsSync(join(ROOT, 'dist/cli.cjs')))
    throw new Error('there is no dist/cli.cjs; run npm run build')

  const selected = selectWorkloads(options)
  const omissions: Omission[] = installOrOmit()
  const cores = coresOrOmit(omissions)
  const sites = makeSites()
  try {
    // Keeps this process off the server's core.
    if (cores !== undefined) moveThisProcessTo(cores.load)
    const programs = findPrograms(sites.workFolder)
    const found = findContenders(sites.workFolder)
    const runnable = selected
      .map(workload => ({
        workload,
        contenders: contendersOf(workload, found, options, omissions),
      }))
      .filter(({ workload, contenders }) => canRun(workload, contenders, programs, omissions))
    for (const { workload, contenders } of runnable) {
      const plan = planOf(workload, contenders.length, rounds, seconds)
      progress.plan(plan.steps, plan.seconds)
    }
    const results: Result[] = []
    for (const { workload, contenders } of runnable) {
      const site = sites.site(workload.site ?? 'few')
      const context: LoadContext = { site, cores, signal, seconds, programs }
      const measured = await runOrOmit(workload, contenders, context, rounds, progress)
      results.push(...measured.results)
      omissions.push(...measured.omissions)
      for (const line of summaryLines(measured)) progress.say(line)
    }
    return { results, omissions }
  } finally {
    if (cores !== undefined) moveThisProcessTo(cores.all)
    sites.remove()
  }
}

/** Runs a workload. If it fails, it becomes an omission, and the others still run. */
async function runOrOmit(
  ...[workload, contenders, context, rounds, progress]: Parameters<typeof runWorkload>
): Promise<SuiteResults> {
  try {
    return await runWorkload(workload, contenders, context, rounds, progress)
  } catch (error) {
    context.signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : `${error}`
    return { results: [], omissions: [{ name: workload.name, reason }] }
  }
}

function overridesIn({ rounds, seconds }: SuiteOptions): { rounds?: number; seconds?: number } {
  return {
    ...(rounds === undefined ? {} : { rounds }),
    ...(seconds === undefined ? {} : { seconds }),
  }
}

function selectWorkloads({ quick, only }: SuiteOptions): Workload[] {
  const named = WORKLOADS.filter(
    ({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()),
  )
  // A workload that is named runs even if a quick run would leave it out.
  return only === undefined && quick ? named.filter(workload => workload.quick.length > 0) : named
}

function contendersOf(
  workload: Workload,
  found: readonly FoundContender[],
  { quick, contender: wanted }: SuiteOptions,
  omissions: Omission[],
): Contender[] {
  const names = quick && workload.quick.length > 0 ? workload.quick : workload.contenders
  return names.flatMap(name => {
    const isOurs = name === (workload.ours ?? OURS)
    if (wanted !== undefined && !isOurs && !name.toLowerCase().includes(wanted.toLowerCase()))
      return []
    const one = found.find(other => other.name === name)
    if (one === undefined) throw new RangeError(`there is no contender ${name}`)
    if (!('missing' in one)) return [one]
    if (!omissions.some(other => other.name === name)) omissions.push({ name, reason: one.missing })
    return []
  })
}

function canRun(
  workload: Workload,
  contenders: readonly Contender[],
  programs: Programs,
  omissions: Omission[],
): boolean {
  const reason = workload.load.missing(programs)
  if (reason !== undefined) omissions.push({ name: workload.name, reason })
  return reason === undefined && contenders.length > 0
}

function installOrOmit(): Omission[] {
  try {
    installPackages()
    return []
  } catch (error) {
    const reason = `npm ci --prefix bench failed: ${error instanceof Error ? error.message : error}`
    return [{ name: 'packages of contenders', reason }]
  }
}

function findPrograms(workFolder: string): Programs {
  return {
    wrk: programPath('wrk'),
    ab: programPath('ab'),
    headRequests: compile('load/head-requests.c', workFolder),
    slowReaders: compile('load/slow-readers.c', workFolder),
    fixedRate: compile('load/fixed-rate.c', workFolder),
    h2load: programPath('h2load'),
  }
}

function coresOrOmit(omissions: Omission[]): ReturnType<typeof chooseCores> {
  const cores = programPath('taskset') === undefined ? undefined : chooseCores()
  if (cores === undefined)
    omissions.push({
      name: 'a separate core for the server',
      reason: 'it needs two cores and taskset (apt-get install util-linux)',
    })
  return cores
}

/** A line for each result, printed while the other workloads run. */
function summaryLines({ results, omissions }: SuiteResults): string[] {
  return [
    ...results.map(({ workload, unit, ratios }) => {
      const list = ratios.map(
        ({ denominator, values }) => `${times(medianOf(values))} ${denominator}`,
      )
      const text = list.length === 0 ? 'nothing to compare with' : list.join(', ')
      return `${workload}, ${unit}: ${text}`
    }),
    ...omissions.map(({ name, reason }) => `${name}: left out: ${reason}`),
  ]
}
