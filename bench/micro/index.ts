import type { PartOptions, PartOutcome, Result } from '../report/result.ts'
import { acceptEncoding } from './accept-encoding.bench.ts'
import { byteRange } from './byte-range.bench.ts'
import { chunkedContent } from './chunked-content.bench.ts'
import { dispatch } from './dispatch.bench.ts'
import { doubling } from './doubling.bench.ts'
import { drip } from './drip.bench.ts'
import { headParse } from './head-parse.bench.ts'
import { httpDate } from './http-date.bench.ts'
import { lookup } from './lookup.bench.ts'
import { FULL, measure, QUICK, secondsFor } from './measure.ts'
import { picohttpparser } from './picohttpparser/index.ts'
import { browser } from './requests.ts'
import { responseHead } from './response-head.bench.ts'
import { type TimedProgram, type Work, whoDoes } from './work.ts'

const BROWSER_HEAD = `head parse, ${browser.name}`

const WORKS: readonly (() => Work[])[] = [
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

/** All that is done without a socket: what a request costs in this process, piece by piece. */
export async function benchMicro({
  quick,
  only,
  rounds,
  signal,
  progress,
}: PartOptions): Promise<PartOutcome> {
  const pace = { ...(quick ? QUICK : FULL), ...(rounds !== undefined && { rounds }) }
  const rival = picohttpparser(browser)
  const works = WORKS.flatMap(make => make())
    .map(work =>
      'time' in rival && work.name === BROWSER_HEAD ? besideProgram(work, rival) : work,
    )
    .filter(({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()))
  const steps = works.reduce((sum, work) => sum + whoDoes(work).length, 0) * (pace.rounds + 1)
  progress.plan(
    steps,
    works.reduce((sum, work) => sum + secondsFor(work, pace), 0),
  )
  const results: Result[] = []
  for (const work of works) results.push(await measure(work, pace, { signal, progress }))
  return { results, omissions: 'why' in rival ? [rival] : [] }
}

/** A program's own time beside ours. */
function besideProgram(work: Work, program: TimedProgram): Work {
  const ratio = { of: 'statewire', to: program.name, must: 3, reach: 2 }
  return { ...work, programs: [program], ratios: [...work.ratios, ratio] }
}
