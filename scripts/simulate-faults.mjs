/**
 * Checks that the simulator catches each fault of fuzz/simulate/faults: applies the patch to a copy
 * of the repository, builds the copy and runs its simulator. Exits with 1 if a fault is not caught
 * within SEEDS_MAX seeds. Writes the results into docs/simulation.md and changes nothing else.
 *
 *     npm run simulate:faults [-- NAME…]      with names: only these faults; the document stays
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
const BEGIN = '<!-- Measured: scripts/simulate-faults.mjs writes everything below. -->'
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
    `simulate-faults: no such fault: ${unknown.join(', ')}; use one of ${all.join(', ')}\n`,
  )
  process.exit(2)
}

/** The first paragraph of a patch describes the fault. */
const descriptionOf = patch => patch.split('\n\n', 1)[0].replaceAll('\n', ' ')

/** Applies one fault, and returns which property it violates, at which seed; undefined if none. */
function tryFault(name) {
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
    // A fault may leave a name unused.
    for (const config of ['tsconfig.build.json', 'tsconfig.fuzz.json'])
      spawnSync(
        process.execPath,
        [tsc, '-p', config, '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'],
        { cwd: folder },
      )
    const main = join(folder, 'dist/fuzz/simulate/main.js')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, '--seeds', String(SEEDS_MAX), '--seed', '0'],
      { encoding: 'utf8' },
    )
    const [, property] = /^✗ ([\w-]+) is violated/m.exec(stdout) ?? []
    // Node, too, exits with 1: if the copy does not compile, and so a module is missing.
    if (status !== 0 && property === undefined) throw new Error(`${name}: ${stderr}`)
    const [, seed] = /--seed (\d+)/.exec(stdout) ?? []
    const [, message] = /^ {2}\S+: (.*)$/m.exec(stdout) ?? []
    return { name, description: descriptionOf(readFileSync(file, 'utf8')), property, seed, message }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const results = (names.length === 0 ? all : names).map(name => {
  const result = tryFault(name)
  const { property, seed, message } = result
  console.log(
    property === undefined
      ? `✗ ${name}: not caught within ${SEEDS_MAX} seeds`
      : `✓ ${name}: seed ${seed}, ${property}: ${message}`,
  )
  return result
})
const caught = results.filter(({ property }) => property !== undefined)
const score = `${caught.length} of ${results.length} faults`
console.log(`The simulator catches ${score}.`)

if (names.length === 0) {
  const document = readFileSync(DOCUMENT, 'utf8')
  const cell = text => text.replaceAll('|', '\\|')
  const rows = results.map(
    ({ name, description, property, seed }) =>
      `| \`${name}\` | ${cell(description)} | ${property ?? 'not caught'} | ${seed ?? ''} |`,
  )
  const text = [
    BEGIN,
    '',
    `The simulator catches ${score} within seeds 0 to ${SEEDS_MAX - 1}.`,
    '',
    '| fault | what it does | violated property | seed |',
    '| --- | --- | --- | ---: |',
    ...rows,
    '',
  ].join('\n')
  writeFileSync(DOCUMENT, document.slice(0, document.indexOf(BEGIN)) + text)
}
process.exitCode = caught.length === results.length ? 0 : 1
