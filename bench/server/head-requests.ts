import { outputOf } from './children.ts'
import { writeList } from './closed-loop.ts'
import { pinned } from './cores.ts'
import type { LoadContext, WarmServerLoad } from './load.ts'
import { checkReport, type LoadReport, parseReport, sampleOf } from './load-report.ts'
import { probe } from './probe.ts'
import { usageOf } from './process-usage.ts'
import type { ListedRequest } from './site-lists.ts'
import type { Server } from './start-server.ts'

export type HeadRequests = {
  readonly list: readonly ListedRequest[]
  readonly connections: number
}

/** A closed loop of HEAD requests for random files of a list. */
export function headRequests(loop: HeadRequests): WarmServerLoad {
  return {
    kind: 'warm',
    saturates: true,
    overheadSeconds: 0.3,
    missing: ({ headRequests: program }) =>
      program === undefined ? 'a C compiler: apt-get install gcc libc6-dev' : undefined,
    check: async server => {
      const [{ path, contentBytes } = { path: '', contentBytes: 0 }] = loop.list
      const { status, fields } = await probe(server.port, path, {}, 'HEAD')
      if (status !== 200 || fields['content-length'] !== `${contentBytes}`)
        throw new Error(`unexpected response to ${path}: ${status}, ${fields['content-length']}`)
    },
    prepare: async () => 'By bench/server/load/head-requests.c; latencies are as measured.',
    warmUp: async (server, context) => void (await run(server, loop, context)),
    measure: async (server, context) => {
      const before = usageOf(server.pid)
      const report = await run(server, loop, context)
      return sampleOf(report, before, usageOf(server.pid))
    },
  }
}

async function run(
  server: Server,
  { list, connections }: HeadRequests,
  { programs, cores, signal, seconds, site }: LoadContext,
): Promise<LoadReport> {
  const command = [
    ...[programs.headRequests ?? '', `${server.port}`, writeList(list, site.workFolder)],
    ...[`${connections}`, `${seconds}`],
  ]
  const text = await outputOf(pinned(cores?.load, command), {
    ...{ cwd: site.workFolder, signal, timeoutMs: (seconds + 30) * 1000 },
  })
  const report = parseReport(text)
  checkReport(report, {})
  return report
}
