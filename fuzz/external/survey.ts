import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { durationUnits, parseQuantity } from '#src/server/config/quantity.js'
import { campaign } from './campaign.ts'
import { PEERS, type Peer, RunningPeer, versionOf } from './peers/peer.ts'
import { makePeerSite } from './peers/peer-site.ts'
import { probeTable, type Surveyed, severityTable, surveyMarkdown } from './survey-table.ts'

/*
 * Fuzzes the peers as npm has installed them, and writes what was found into docs/fuzzing.md, between their marks:
 *
 *     npm run build && node dist/fuzz/external/survey.js --time 3m --seed 42
 */
const DOCUMENT = 'docs/fuzzing.md'
/** What the lines in the document say, whatever port the peers had. */
const HOST = '127.0.0.1:8080'
const DEADLINE_MS = 2000

const { values } = parseArgs({
  options: { time: { type: 'string', default: '3m' }, seed: { type: 'string', default: '42' } },
})
const timeMs = parseQuantity(values.time, durationUnits)
const seed = Number(values.seed)
if (timeMs === undefined || !Number.isSafeInteger(seed)) throw new Error('--time 3m --seed 42')

const surveyed: Surveyed[] = []
for (const peer of PEERS) surveyed.push(await survey(peer, timeMs))
write('probes', probeTable())
write('gravities', severityTable())
write('survey', surveyMarkdown(surveyed, { date: new Date(), time: values.time, seed }))

/** Into the document, between two marks. */
function write(mark: string, markdown: string): void {
  const between = new RegExp(`(?<=<!-- ${mark} -->\\n)[\\s\\S]*(?=<!-- end of ${mark} -->)`)
  writeFileSync(
    DOCUMENT,
    readFileSync(DOCUMENT, 'utf8').replace(between, () => markdown),
  )
}

async function survey(peer: Peer, timeMs: number): Promise<Surveyed> {
  const site = makePeerSite()
  const running = await RunningPeer.start(peer, site.folder)
  try {
    const summary = await campaign({
      address: { host: '127.0.0.1', port: running.port },
      host: HOST,
      seed,
      timeMs,
      deadlineMs: DEADLINE_MS,
      paths: [],
      signal: new AbortController().signal,
      revive: () => running.revive(),
      onFinding: ({ atMs, severity, kind }) =>
        console.log(`${peer.name} ${atMs} ms ${severity}: ${kind}`),
    })
    const findings = summary.findings.map(finding => ({
      ...finding,
      reproduce: finding.reproduce.replace(/ \d+$/, ' 8080'),
    }))
    return {
      name: peer.name,
      version: versionOf(peer),
      usesNode: peer.usesNode,
      ...summary,
      findings,
    }
  } finally {
    await running.stop()
    site.remove()
  }
}
