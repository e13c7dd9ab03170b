/**
 * Deletes the declaration files in dist that no public type refers to: what is packed is what is
 * public. Run by `npm run build`, after everything is compiled.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.values(exports).flatMap(({ types }) => (types ? [join(types)] : []))

const reached = new Set()
const visit = file => {
  if (reached.has(file) || !existsSync(file)) return
  reached.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, specifier] of text.matchAll(/(?:from |import\()['"](\.[^'"]*|#src\/[^'"]*)['"]/g)) {
    const path = specifier.startsWith('#src/')
      ? join('dist', specifier.slice('#src/'.length))
      : join(dirname(file), specifier)
    visit(path.replace(/\.[jt]s$/, '.d.ts'))
  }
}
entries.forEach(visit)

for (const name of readdirSync('dist', { recursive: true })) {
  const file = join('dist', name)
  if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file)
}
if (process.argv.includes('--list')) console.log([...reached].sort().join('\n'))
