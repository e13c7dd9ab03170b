import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, askAndLeave, askAndStall } from './ask.ts'
import { type Contender, launchAnywhere, type Profile, servedFolder } from './contender.ts'
import { type Group, judge, type Row, type Scene, type Verdict } from './row.ts'
import { Running } from './running.ts'

/** No row takes longer, whatever a server does. */
const ROW_MS = 20_000
/** A process that dies of an answer may do so a little after it. */
const LAST_WORDS_MS = 25

/** The verdicts on one contender, in the order of the groups' rows. */
export async function measure(
  contender: Contender,
  groups: readonly Group[],
  folder: string,
  scratch: string,
): Promise<readonly Verdict[]> {
  const running = new Map<string, Running>()
  try {
    const verdicts: Verdict[] = []
    for (const row of groups.flatMap(({ rows }) => rows)) verdicts.push(await verdictOn(row))
    return verdicts
  } finally {
    for (const one of running.values()) await one.stop()
  }

  async function verdictOn(row: Row): Promise<Verdict> {
    const setUp = contender.profiles[row.profile]
    if (typeof setUp === 'string') return { outcome: 'none', seen: setUp }
    const server = await runningFor(row.profile)
    const { port, root } = server.where
    const scene: Scene = {
      root,
      ask: wire => ask(port, wire),
      askAndLeave: wire => askAndLeave(port, wire),
      askAndStall: (wire, meanwhile) => askAndStall(port, wire, meanwhile),
      pause: async ms => void (await sleep(ms)),
      restart: () => server.restart(),
      descriptors: () => server.descriptors(),
      log: () => server.log(),
    }
    const verdict = await inTime(row.play(scene))
    await sleep(LAST_WORDS_MS)
    const ended = server.isAlive() ? undefined : server.epitaph()
    if (row.spoils === true || ended !== undefined) await server.restart()
    return ended === undefined ? verdict : judge(false, `${verdict.seen}; ${ended}`)
  }

  /** Profiles with the same set-up share one process. */
  async function runningFor(profile: Profile): Promise<Running> {
    const setUp = contender.profiles[profile]
    if (typeof setUp === 'string') throw new Error(setUp)
    const key = JSON.stringify(launchAnywhere(contender, profile))
    const known = running.get(key)
    if (known !== undefined) return known
    const started = await Running.start(
      setUp,
      join(folder, servedFolder(profile)),
      join(scratch, `${running.size}`),
    )
    running.set(key, started)
    return started
  }
}

async function inTime(verdict: Promise<Verdict>): Promise<Verdict> {
  const controller = new AbortController()
  const late = sleep(ROW_MS, judge(false, `no verdict in ${ROW_MS / 1000} s`), {
    signal: controller.signal,
  })
  try {
    return await Promise.race([verdict, late])
  } finally {
    controller.abort()
  }
}
