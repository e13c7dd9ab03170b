/** Asks statewire and its peers the same things, and writes docs/comparison.md. `npm run compare`. */
import { writeFileSync } from 'node:fs'
import { cpus, type } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONTENDERS } from './contenders/index.ts'
import { type Compared, comparisonMarkdown } from './document.ts'
import { install } from './install.ts'
import { measure } from './measure.ts'
import { GROUPS } from './rows/index.ts'
import { killAll } from './running.ts'
import { makeSite } from './site.ts'

const DOCUMENT = 'docs/comparison.md'
const COMMAND = 'npm run compare'
/** A tree that is younger than this may be taken for one that still changes. */
const AGE_MS = 1200
/** The whole of it, whatever the servers do. */
const ALL_MS = 10 * 60_000

install(CONTENDERS)
const site = makeSite()
const endEarly = (why: string): void => {
  killAll()
  site.remove()
  console.error(why)
  process.exit(1)
}
process.once('SIGINT', () => endEarly('interrupted'))
process.once('SIGTERM', () => endEarly('terminated'))
setTimeout(() => endEarly(`not done in ${ALL_MS / 60_000} minutes`), ALL_MS).unref()
await sleep(AGE_MS)

const compared: Compared[] = []
try {
  for (const [i, contender] of CONTENDERS.entries()) {
    const version = contender.version()
    if (version === undefined) continue
    const verdicts = await measure(
      contender,
      GROUPS,
      site.folder,
      join(site.folder, `scratch-${i}`),
    )
    compared.push({ contender, version, verdicts })
    const passed = verdicts.filter(({ outcome }) => outcome === 'pass').length
    console.log(`${contender.name} ${version}: ${passed} of ${verdicts.length}`)
  }
} finally {
  killAll()
  site.remove()
}

const missing = CONTENDERS.filter(contender => !compared.some(one => one.contender === contender))
for (const { name, howToGet } of missing)
  console.log(`${name} is not installed, and left out: ${howToGet}`)
writeFileSync(
  DOCUMENT,
  comparisonMarkdown(compared, GROUPS, {
    date: new Date(),
    processor: cpus()[0]?.model ?? 'an unknown processor',
    node: process.versions.node,
    system: type(),
    command: COMMAND,
    missing,
  }),
)
console.log(`written to ${DOCUMENT}`)
