/**
 * Puts each fault of fuzz/simulate/faults into a copy of the tree, builds that, and has the simulator look for it: one that is not
 * caught within so many seeds makes this fail. What was found is written into docs/simulation.md. Nothing else of the tree is touched.
 *
 *     npm run simulate:faults [-- NAME…]      with names, those faults alone, and the document stays as it is
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SEEDS_MAX = 3000
const TREE = fileURLToPath(new URL('..', import.meta.url))
const FAULTS = join(TREE, 'fuzz/simulate/faults')
const DOCUMENT = join(TREE, 'docs/simulation.md')
const BEGIN = '<!-- Measured: what follows is written by scripts/simulate-faults.mjs. -->'
const COPIED = [
  'src',
  'fuzz',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.fuzz.json',
]

const names = process.argv.slice(2)
const all = readdirSync(FAULTS)
  .filter(file => file.endsWith('.patch'))
  .map(file => file.slice(0, -'.patch'.length))
  .sort()
const unknown = names.filter(name => !all.includes(name))
if (unknown.length > 0) {
  process.stderr.write(
    `simulate-faults: there is no ${unknown.join(', ')}; there are ${all.join(', ')}\n`,
  )
  process.exit(2)
}

/** The first paragraph of a patch says what it does. */
const descriptionOf = patch => patch.split('\n\n', 1)[0].replaceAll('\n', ' ')

function lookFor(name) {
  const file = join(FAULTS, `${name}.patch`)
  const folder = mkdtempSync(join(tmpdir(), 'statewire-fault-'))
  try {
    for (const part of COPIED) cpSync(join(TREE, part), join(folder, part), { recursive: true })
    symlinkSync(join(TREE, 'node_modules'), join(folder, 'node_modules'))
    execFileSync('git', ['apply', file], {
      cwd: folder,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
    })
    const tsc = join(folder, 'node_modules/typescript/bin/tsc')
    // A fault may leave something unused, which is no matter here.
    for (const config of ['tsconfig.build.json', 'tsconfig.fuzz.json'])
      spawnSync(
        process.execPath,
        [tsc, '-p', config, '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'],
        {
          cwd: folder,
        },
      )
    const main = join(folder, 'dist/fuzz/simulate/main.js')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, '--seeds', String(SEEDS_MAX), '--seed', '0'],
      {
        encoding: 'utf8',
      },
    )
    if (status !== 0 && status !== 1) throw new Error(`${name}: ${stderr}`)
    const [, property] = /^✗ (\w+) is broken/m.exec(stdout) ?? []
    const [, seed] = /--seed (\d+)/.exec(stdout) ?? []
    const [, sentence] = /^ {2}\S+: (.*)$/m.exec(stdout) ?? []
    return { name, does: descriptionOf(readFileSync(file, 'utf8')), property, seed, sentence }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const found = (names.length === 0 ? all : names).map(name => {
  const one = lookFor(name)
  console.log(
    one.property === undefined
      ? `✗ ${name}: not caught in ${SEEDS_MAX} seeds`
      : `✓ ${name}: seed ${one.seed}, ${one.property}: ${one.sentence}`,
  )
  return one
})
const missed = found.filter(({ property }) => property === undefined)
console.log(`${found.length - missed.length} of ${found.length} faults are caught.`)

if (names.length === 0) {
  const document = readFileSync(DOCUMENT, 'utf8')
  const cell = text => text.replaceAll('|', '\\|')
  const rows = found.map(
    ({ name, does, property, seed }) =>
      `| \`${name}\` | ${cell(does)} | ${property ?? 'not caught'} | ${seed ?? ''} |`,
  )
  const text = [
    BEGIN,
    '',
    `${found.length - missed.length} of ${found.length} faults are caught, each within ${SEEDS_MAX} seeds from 0 on.`,
    '',
    '| fault | what it does | property | seed |',
    '| --- | --- | --- | ---: |',
    ...rows,
    '',
  ].join('\n')
  writeFileSync(DOCUMENT, document.slice(0, document.indexOf(BEGIN)) + text)
}
process.exitCode = missed.length === 0 ? 0 : 1
