import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Contender, documentedLaunch, type Profile, servedFolder } from './contender.ts'
import { type Group, type Row, type RowContext, type RowResult, rowResult } from './row.ts'
import { send, sendAndDisconnect, sendAndStall } from './send.ts'
import { ServerProcess } from './server-process.ts'

/** A row that takes longer fails. */
const ROW_TIMEOUT_MS = 20_000
/** A process that crashes because of a response may do so shortly after it. */
const CRASH_DELAY_MS = 25

/** Checks one contender, and returns the results in the order of the rows. */
export async function measure(
  contender: Contender,
  groups: readonly Group[],
  folder: string,
  scratch: string,
): Promise<readonly RowResult[]> {
  const servers = new Map<string, ServerProcess>()
  try {
    const results: RowResult[] = []
    for (const row of groups.flatMap(({ rows }) => rows)) results.push(await checkRow(row))
    return results
  } finally {
    for (const server of servers.values()) await server.stop()
  }

  async function checkRow(row: Row): Promise<RowResult> {
    const setUp = contender.profiles[row.profile]
    if (typeof setUp === 'string') return { verdict: 'none', observed: setUp }
    const server = await serverFor(row.profile)
    const { port, root } = server.options
    const context: RowContext = {
      root,
      send: text => send(port, text),
      sendAndDisconnect: text => sendAndDisconnect(port, text),
      sendAndStall: (text, meanwhile) => sendAndStall(port, text, meanwhile),
      pause: async ms => void (await sleep(ms)),
      restart: () => server.restart(),
      openFileCount: () => server.openFileCount(),
      log: () => server.log(),
    }
    const result = await withTimeout(row.check(context))
    await sleep(CRASH_DELAY_MS)
    const exit = server.isAlive() ? undefined : server.exitDescription()
    if (row.needsFreshServer === true || exit !== undefined) await server.restart()
    return exit === undefined ? result : rowResult(false, `${result.observed}; ${exit}`)
  }

  /** Profiles with the same set-up share one process. */
  async function serverFor(profile: Profile): Promise<ServerProcess> {
    const setUp = contender.profiles[profile]
    if (typeof setUp === 'string') throw new Error(setUp)
    const key = JSON.stringify(documentedLaunch(contender, profile))
    const existing = servers.get(key)
    if (existing !== undefined) return existing
    const root = join(folder, servedFolder(profile))
    const started = await ServerProcess.start(setUp, root, join(scratch, `${servers.size}`))
    servers.set(key, started)
    return started
  }
}

async function withTimeout(result: Promise<RowResult>): Promise<RowResult> {
  const controller = new AbortController()
  const late = sleep(ROW_TIMEOUT_MS, rowResult(false, `no result in ${ROW_TIMEOUT_MS / 1000} s`), {
    signal: controller.signal,
  })
  try {
    return await Promise.race([result, late])
  } finally {
    controller.abort()
  }
}
