import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { durationUnits, parseQuantity } from '#src/server/config/quantity.js'
import { campaign } from './campaign.ts'
import { PEERS, type PeerServer, versionOf } from './peers/peer-server.ts'
import { makePeerSite } from './peers/peer-site.ts'
import { RunningPeer } from './peers/running-peer.ts'
import { probeTable, type SurveyResult, severityTable, surveyMarkdown } from './survey-table.ts'

/*
 * Fuzzes the peers that npm has installed, and writes the findings into docs/fuzzing.md, between
 * marks:
 *
 *     npm run build && node dist/fuzz/external/survey.js --time 3m --seed 42
 */
const DOCUMENT = 'docs/fuzzing.md'
/** The host and port in the commands of the document, whatever port the peers used. */
const HOST = '127.0.0.1:8080'
const DEADLINE_MS = 2000

const { values } = parseArgs({
  options: { time: { type: 'string', default: '3m' }, seed: { type: 'string', default: '42' } },
})
const timeMs = parseQuantity(values.time, durationUnits)
const seed = Number(values.seed)
if (timeMs === undefined || !Number.isSafeInteger(seed))
  throw new Error('usage: survey.js [--time 3m] [--seed 42]')

const results: SurveyResult[] = []
for (const peer of PEERS) results.push(await survey(peer, timeMs))
write('probes', probeTable())
write('severities', severityTable())
write('survey', surveyMarkdown(results, { date: new Date(), time: values.time, seed }))

/** Replaces the text between two marks in the document. */
function write(mark: string, markdown: string): void {
  const between = new RegExp(`(?<=<!-- ${mark} -->\\n)[\\s\\S]*(?=<!-- end of ${mark} -->)`)
  writeFileSync(
    DOCUMENT,
    readFileSync(DOCUMENT, 'utf8').replace(between, () => markdown),
  )
}

async function survey(peer: PeerServer, timeMs: number): Promise<SurveyResult> {
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
      restart: () => running.restart(),
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
      usesNodeHttp: peer.usesNodeHttp,
      ...summary,
      findings,
    }
  } finally {
    await running.stop()
    site.remove()
  }
}
