import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** The part of the repository that a file belongs to, and the parts that it may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/cli.ts': ['src/index.ts'],
  'src/index.ts': ['src/server'],
  'src/server': ['src/response', 'src/parser'],
  'src/response': ['types of src/parser'],
  'src/parser': [],
  fuzz: ['src'],
  bench: ['src', 'fuzz/response-reader.ts', 'fuzz/received-response.ts'],
  test: ['src', 'fuzz', 'bench'],
}

/** The packages and Node modules that a part may import; parts that are not listed, any. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'src/response': ['mime/types/standard.js', 'mime/types/other.js'],
  'src/parser': [],
}

/** The rooms of src/server. Each imports only rooms after its own, type imports counted. */
const SERVER_ROOMS = [
  'cluster',
  'metrics',
  'endpoints',
  'handler',
  'files',
  'proxy',
  'log',
  'connection',
  'response-cache',
  'transport',
  'config',
]

/** The files that assemble the rooms. They import any room; rooms import only their types. */
const SERVER_FILES = [
  'server.ts',
  'serve.ts',
  'server-core.ts',
  'server-context.ts',
  'admission.ts',
  'lifecycle.ts',
  'command.ts',
]

type Import = { readonly from: string; readonly to: string; readonly isTypeOnly: boolean }

/** Returns the paths of all modules in a folder, from the root of the repository. */
function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => /\.(?:ts|js|mjs)$/.test(path) && !path.includes('node_modules'))
    .map(path => join(folder, path))
}

/** Returns the imports, re-exports and dynamic imports in the text of a module. */
function importsIn(file: string, text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\b([^'"`;]*?)from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return Array.from(statements, ([, clause = '', named, bare, dynamic]) => ({
    from: file,
    to: resolve(file, named ?? bare ?? dynamic ?? ''),
    isTypeOnly: clause.trimStart().startsWith('type '),
  }))
}

/** Returns the path from the root that a specifier stands for; names of packages as they are. */
function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('#src/')) return specifier.slice(1).replace(/\.js$/, '.ts')
  if (!specifier.startsWith('.')) return specifier
  return relative(ROOT, join(ROOT, dirname(file), specifier))
}

function isWithin(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}/`)
}

function partOf(path: string): string | undefined {
  return Object.keys(ARROWS).find(part => isWithin(path, part))
}

/** Returns what to change if an import follows none of the arrows. */
function arrowProblem({ from, to, isTypeOnly }: Import): string[] {
  const part = partOf(from)!
  if (isWithin(to, part) || isAllowed(ARROWS[part]!, to, isTypeOnly)) return []
  const allowed = ARROWS[part]!.join(', ') || 'nothing outside itself'
  return [`remove from ${from} the import of ${to}: ${part} may import ${allowed}`]
}

function isAllowed(allowed: readonly string[], to: string, isTypeOnly: boolean): boolean {
  return allowed.some(
    entry => isWithin(to, entry) || (isTypeOnly && isWithin(to, entry.replace(/^types of /, ''))),
  )
}

/** Returns what to change if an import leads from a room of src/server to an earlier one. */
function roomProblem({ from, to, isTypeOnly }: Import): string[] {
  const [room, target] = [serverRoomOf(from), serverRoomOf(to)]
  if (room === undefined || room === target || !isWithin(to, 'src/server')) return []
  const remove = `remove from ${from} the import of ${to}`
  if (target === undefined)
    return isTypeOnly ? [] : [`${remove}: a room imports only types of src/server/*.ts`]
  const later = SERVER_ROOMS.slice(SERVER_ROOMS.indexOf(room) + 1)
  if (later.includes(target)) return []
  return [`${remove}: ${room} may import ${later.join(', ') || 'no other room'}`]
}

function serverRoomOf(path: string): string | undefined {
  return /^src\/server\/([^/]+)\//.exec(path)?.[1]
}

/** Returns the circles that a depth-first search finds, each with its first file repeated. */
function circlesIn(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>()
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to])
  const circles: string[][] = []
  const path: string[] = []
  const visited = new Set<string>()
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start !== -1) circles.push([...path.slice(start), file])
    if (visited.has(file)) return
    visited.add(file)
    path.push(file)
    for (const to of next.get(file) ?? []) visit(to)
    path.pop()
  }
  for (const file of next.keys()) visit(file)
  return circles
}

const files = ['src', 'fuzz', 'bench', 'test'].flatMap(filesIn)
const imports = files.flatMap(file => importsIn(file, readFileSync(join(ROOT, file), 'utf8')))
const internal = imports.filter(({ to }) => partOf(to) !== undefined)
const packages = imports.filter(({ to }) => /^[@\w]/.test(to) && !files.includes(to))

describe('the check of imports', () => {
  it('reads every form of import', () => {
    const text = [
      `import { a } from './a.ts'`,
      `import type { B } from '../b.ts'`,
      `import {\n  c,\n} from "./c.ts"`,
      `export { d } from './d.ts'`,
      `import './e.ts'`,
      `const f = await import(\n  './f.ts'\n)`,
      `import g from '#src/g.js'`,
      `import { h } from 'node:h'`,
    ].join('\n')
    expect(importsIn('src/x/x.ts', text).map(({ to }) => to)).toEqual([
      ...['src/x/a.ts', 'src/b.ts', 'src/x/c.ts', 'src/x/d.ts', 'src/x/e.ts', 'src/x/f.ts'],
      ...['src/g.ts', 'node:h'],
    ])
    expect(importsIn('src/x/x.ts', text).filter(one => one.isTypeOnly)).toHaveLength(1)
  })

  it('finds circles', () => {
    const edges = ['a b', 'b c', 'c b', 'c d', 'd a', 'e a'].map(edge => edge.split(' '))
    const graph = edges.map(([from, to]) => ({ from: from!, to: to!, isTypeOnly: true }))
    expect(circlesIn(graph).map(circle => circle.join(''))).toEqual(['bcb', 'abcda'])
  })

  it('reads the whole repository', () => {
    expect(files.length).toBeGreaterThan(500)
    expect(internal.length).toBeGreaterThan(1500)
  })
})

describe('imports', () => {
  it('follow the arrows cli → index → server → response → parser, server → parser', () => {
    expect(internal.flatMap(arrowProblem)).toEqual([])
  })

  it('leave no file of src outside the parts that have arrows', () => {
    expect(files.filter(file => partOf(file) === undefined)).toEqual([])
  })

  it('bring no package and no Node module into the parser, and only data of mime into src/response', () => {
    const problems = packages.flatMap(({ from, to }) => {
      const part = partOf(from)!
      const allowed = PACKAGES[part]
      if (allowed === undefined || allowed.includes(to)) return []
      return [`remove from ${from} the import of ${to}: ${part} may import no such module`]
    })
    expect(problems).toEqual([])
  })

  it('form no circle, type imports counted', () => {
    const circles = circlesIn(internal).sort((a, b) => a.length - b.length)
    expect(circles.map(files => `remove one import of the circle ${files.join(' → ')}`)).toEqual([])
  })
})

describe('imports within src/server', () => {
  it('lead from each room only to the rooms after it', () => {
    const server = internal.filter(({ from }) => isWithin(from, 'src/server'))
    expect(server.flatMap(roomProblem)).toEqual([])
  })

  it('of server-context.ts are of types only', () => {
    const context = imports.filter(({ from }) => from === 'src/server/server-context.ts')
    expect(context.filter(one => !one.isTypeOnly)).toEqual([])
  })

  it('come from the listed rooms and files only', () => {
    const known = [...SERVER_ROOMS, ...SERVER_FILES].map(name => join('src/server', name))
    const server = files.filter(file => isWithin(file, 'src/server'))
    expect(server.filter(file => !known.some(place => isWithin(file, place)))).toEqual([])
  })
})
