import type { Result, SuiteOptions, SuiteResults } from '../report/result.ts'
import { acceptEncoding } from './accept-encoding.bench.ts'
import { byteRange } from './byte-range.bench.ts'
import { chunkedContent } from './chunked-content.bench.ts'
import { dispatch } from './dispatch.bench.ts'
import { doubling } from './doubling.bench.ts'
import { drip } from './drip.bench.ts'
import { headParse } from './head-parse.bench.ts'
import { httpDate } from './http-date.bench.ts'
import { lookup } from './lookup.bench.ts'
import { FULL, measure, QUICK, secondsOf } from './measure.ts'
import { picohttpparser } from './picohttpparser/index.ts'
import { browser } from './requests.ts'
import { responseHead } from './response-head.bench.ts'
import { participantsOf, type TimedProgram, type Workload } from './workload.ts'

const BROWSER_HEAD = `head parse, ${browser.name}`

const WORKLOADS: readonly (() => Workload[])[] = [
  headParse,
  drip,
  doubling,
  chunkedContent,
  lookup,
  dispatch,
  responseHead,
  httpDate,
  byteRange,
  acceptEncoding,
]

/** Measures the parser and other functions that a request calls, without sockets. */
export async function benchMicro({
  quick,
  only,
  rounds,
  signal,
  progress,
}: SuiteOptions): Promise<SuiteResults> {
  const schedule = { ...(quick ? QUICK : FULL), ...(rounds !== undefined && { rounds }) }
  const program = picohttpparser(browser)
  const workloads = WORKLOADS.flatMap(make => make())
    .map(workload =>
      'time' in program && workload.name === BROWSER_HEAD
        ? withProgram(workload, program)
        : workload,
    )
    .filter(({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()))
  const participants = workloads.reduce((sum, one) => sum + participantsOf(one).length, 0)
  progress.plan(
    participants * (schedule.rounds + 1),
    workloads.reduce((sum, one) => sum + secondsOf(one, schedule), 0),
  )
  const results: Result[] = []
  for (const workload of workloads)
    results.push(await measure(workload, schedule, { signal, progress }))
  return { results, omissions: 'reason' in program ? [program] : [] }
}

/** Adds a program to a workload, and the ratio of statewire to it. */
function withProgram(workload: Workload, program: TimedProgram): Workload {
  const ratio = { numerator: 'statewire', denominator: program.name }
  return { ...workload, programs: [program], ratios: [...workload.ratios, ratio] }
}
