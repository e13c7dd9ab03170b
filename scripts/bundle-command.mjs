// Bundles the command with everything it imports, which halves its start time: what it needs to
// listen is one file, and what it imports later is in chunks. The library is not bundled. Writes
// the licences of the bundled packages beside the bundle.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const COMMAND = 'dist/cli.js'

const bundle = await rolldown({
  input: COMMAND,
  platform: 'node',
  // Chunks import what they share with the command from it, not from a further file.
  preserveEntrySignatures: false,
})
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: 'cli.js',
  chunkFileNames: 'bundled/[name].js',
  // They are a quarter of the file, and V8 reads it at each start.
  comments: false,
})
await bundle.close()

const packages = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds.map(packageOf)))
packages.delete(undefined)
const licences = [...packages].sort().map(licenceOf)
writeFileSync('dist/LICENSES-OF-OTHERS.txt', licences.join(`\n${'-'.repeat(80)}\n\n`))

/** Returns the folder of the installed package that a module belongs to, or undefined. */
function packageOf(id) {
  const parts = id.split('/')
  const at = parts.lastIndexOf('node_modules')
  if (at === -1) return undefined
  const depth = parts[at + 1].startsWith('@') ? 3 : 2
  return parts.slice(0, at + depth).join('/')
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
  if (file === undefined)
    throw new Error(`${name} has no licence file; add it to its package or do not bundle it`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8')}`
}
