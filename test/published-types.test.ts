import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const DIST = join(import.meta.dirname, '../dist')

const read = (file: string): string => readFileSync(join(DIST, file), 'utf8')

/** Returns the names between the braces of each match, without `type` and `as`. */
function namesIn(text: string, braces: RegExp): string[] {
  return Array.from(text.matchAll(braces), ([, list = '']) => list.split(','))
    .flat()
    .map(name => name.replace(/^\s*type\s+/, '').replace(/^.*\bas\b/, ''))
    .map(name => name.trim())
    .filter(name => name !== '')
}

describe('the declaration files of the server in dist', () => {
  const files = readdirSync(join(DIST, 'server'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.d.ts'))
    .map(file => `server/${file}`)
  const isPublic = new Set(
    ['index.d.ts', 'parser/index.d.ts', 'response/index.d.ts'].flatMap(file =>
      namesIn(read(file), /^export (?:type )?\{([^}]*)\}/gm),
    ),
  )

  it('are few: those that a public type refers to', () => {
    expect(files).toContain('server/serve.d.ts')
    expect(files).not.toContain('server/connection/connection.d.ts')
    expect(files.length).toBeLessThan(20)
  })

  it.each(files)('%s refers to public types only', file => {
    const used = namesIn(read(file), /^import (?:type )?\{([^}]*)\} from '\./gm)
    expect(used.filter(name => !isPublic.has(name))).toEqual([])
  })
})
