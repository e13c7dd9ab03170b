/** Sends the same requests to several servers, and writes docs/comparison.md: `npm run compare`. */
import { writeFileSync } from 'node:fs'
import { cpus, type } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONTENDERS } from './contenders/index.ts'
import { type ContenderReport, comparisonMarkdown } from './document.ts'
import { install } from './install.ts'
import { measure } from './measure.ts'
import { GROUPS } from './rows/index.ts'
import { killAll } from './server-process.ts'
import { makeSite } from './site.ts'

const DOCUMENT = 'docs/comparison.md'
const COMMAND = 'npm run compare'
/** A server might treat younger files as recently modified. */
const FILE_AGE_MS = 1200
/** Limits the whole run, whatever the servers do. */
const TIMEOUT_MS = 10 * 60_000

install(CONTENDERS)
const site = makeSite()
const endEarly = (reason: string): void => {
  killAll()
  site.remove()
  console.error(reason)
  process.exit(1)
}
process.once('SIGINT', () => endEarly('interrupted'))
process.once('SIGTERM', () => endEarly('terminated'))
setTimeout(() => endEarly(`not done in ${TIMEOUT_MS / 60_000} minutes`), TIMEOUT_MS).unref()
await sleep(FILE_AGE_MS)

const reports: ContenderReport[] = []
try {
  for (const [i, contender] of CONTENDERS.entries()) {
    const version = contender.version()
    if (version === undefined) continue
    const scratch = join(site.folder, `scratch-${i}`)
    const results = await measure(contender, GROUPS, site.folder, scratch)
    reports.push({ contender, version, results })
    const passed = results.filter(({ verdict }) => verdict === 'pass').length
    console.log(`${contender.name} ${version}: ${passed} of ${results.length}`)
  }
} finally {
  killAll()
  site.remove()
}

const missing = CONTENDERS.filter(contender => !reports.some(one => one.contender === contender))
for (const { name, installCommand } of missing)
  console.log(`${name} is not installed, and left out: ${installCommand}`)
writeFileSync(
  DOCUMENT,
  comparisonMarkdown(reports, GROUPS, {
    date: new Date(),
    processor: cpus()[0]?.model ?? 'an unknown processor',
    node: process.versions.node,
    system: type(),
    command: COMMAND,
    missing,
  }),
)
console.log(`written to ${DOCUMENT}`)
