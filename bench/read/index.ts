import type { Result, SuiteOptions, SuiteResults } from '../report/result.ts'
import { benchFiles, fileSteps } from './files.ts'
import { benchSockets, socketSteps } from './sockets.ts'

/** Measures what buffering saves when reading files and sockets. */
export async function benchRead(options: SuiteOptions): Promise<SuiteResults> {
  const isWanted = (workload: string): boolean =>
    workload.includes(options.only?.toLowerCase() ?? '')
  const wanted = { files: isWanted('reading a file'), sockets: isWanted('reading a socket') }
  const planned = [
    ...(wanted.files ? [fileSteps(options)] : []),
    ...(wanted.sockets ? [socketSteps(options)] : []),
  ]
  for (const { steps, seconds } of planned) options.progress.plan(steps, seconds)
  const results: Result[] = []
  if (wanted.files) results.push(await benchFiles(options))
  if (wanted.sockets) results.push(...(await benchSockets(options)))
  return { results, omissions: [] }
}
