import type { PartOptions, PartOutcome, Result } from '../report/result.ts'
import { benchFiles, fileSteps } from './files.ts'
import { benchSockets, socketSteps } from './sockets.ts'

/** What buffering saves: the experiment of the essay, on files and on sockets. */
export async function benchRead(options: PartOptions): Promise<PartOutcome> {
  const isWanted = (work: string): boolean => work.includes(options.only?.toLowerCase() ?? '')
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
