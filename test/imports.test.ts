import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const ROOMS = ['src', 'fuzz', 'bench', 'test']

/** What each room may import from; `types` only where it says so. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/cli.ts': ['src/index.ts'],
  'src/index.ts': ['src/server'],
  'src/server': ['src/response', 'src/parser', 'src/client'],
  'src/response': ['types of src/parser'],
  'src/parser': [],
  'src/client': [],
}

type Import = { readonly from: string; readonly to: string; readonly typesOnly: boolean }

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') || name.endsWith('.js') || name.endsWith('.mjs'))
    .map(name => join(folder, name))
}

/** Every import, re-export and dynamic import of a file, with relative specifiers made paths from the root. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const statements = text.matchAll(
    /^(?:import|export)\b([^'"`;]*?)from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return Array.from(statements, ([, clause = '', named, bare, dynamic]) => {
    const specifier = named ?? bare ?? dynamic ?? ''
    const to = specifier.startsWith('.')
      ? relative(ROOT, join(ROOT, dirname(file), specifier))
      : specifier
    return { from: file, to, typesOnly: clause.trimStart().startsWith('type ') }
  })
}

function roomOf(path: string): string {
  return (
    Object.keys(ARROWS).find(room => path === room || path.startsWith(`${room}/`)) ??
    path.split('/')[0]!
  )
}

function isAllowed({ from, to, typesOnly }: Import): boolean {
  const room = roomOf(from)
  const target = roomOf(to)
  if (room === target) return true
  const allowed = ARROWS[room] ?? []
  return allowed.includes(target) || (typesOnly && allowed.includes(`types of ${target}`))
}

const sources = filesIn('src').flatMap(importsOf)

describe('imports of src', () => {
  it('are found at all', () => {
    expect(sources.length).toBeGreaterThan(100)
  })

  it('follow the arrows cli → index → server → response → parser, server → parser, server → client', () => {
    const between = sources.filter(({ to }) => ROOMS.includes(to.split('/')[0]!))
    expect(between.filter(one => !isAllowed(one))).toEqual([])
  })

  it('bring nothing from outside into the parser and the client, and no Node into the responses', () => {
    const outside = sources.filter(({ to }) => !to.startsWith('src/'))
    expect(outside.filter(({ from }) => /^src\/(?:parser|client)\//.test(from))).toEqual([])
    expect(
      outside.filter(({ from, to }) => from.startsWith('src/response/') && to !== 'mime'),
    ).toEqual([])
  })

  it('go round in no circle', () => {
    const next = new Map<string, string[]>()
    for (const { from, to, typesOnly } of sources)
      if (!typesOnly) next.set(from, [...(next.get(from) ?? []), to])
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      expect(path, `${[...path, file].join(' → ')}`).not.toContain(file)
      if (done.has(file)) return
      for (const to of next.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of next.keys()) visit(file, [])
  })
})
