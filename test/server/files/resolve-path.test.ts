import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileOperation } from '../../../src/server/files/file-access.ts'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import type { StatResult } from '../../../src/server/files/look.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import {
  findFile,
  type ResolvedPath,
  type ResolveOptions,
  resolvePath,
  type SitePath,
} from '../../../src/server/files/resolve-path.ts'
import type { SiteRoot } from '../../../src/server/files/site-root.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

const CLEAN_URLS: ResolveOptions = {
  indexFiles: ['index.html'],
  cleanUrls: 'redirect',
  list: false,
}
const FILE_NAMES: ResolveOptions = { ...CLEAN_URLS, cleanUrls: 'off' }
/** The default. */
const SERVE: ResolveOptions = { ...CLEAN_URLS, cleanUrls: 'serve' }

function pathOf(text: string): SitePath {
  return { segments: text.split('/').filter(Boolean), isFolder: text.endsWith('/') }
}

function format({ segments, isFolder }: SitePath): string {
  const path = `/${segments.join('/')}`
  return isFolder && segments.length > 0 ? `${path}/` : path
}

/**
 * Returns the file, then `-identity` if only codings of it exist, and the codings of its siblings;
 * or `at` and the path of a redirect; or the kind.
 */
function summarise(found: ResolvedPath): string {
  if (found.kind === 'redirect') return `at ${format(found.path)}`
  if (found.kind !== 'asset') return found.kind
  const codings = [...found.siblings.keys()].sort()
  const note = found.canonical === undefined ? [] : [`of ${format(found.canonical)}`]
  return [
    ...note,
    found.segments.join('/'),
    ...(found.identity ? [] : ['-identity']),
    ...codings,
  ].join(' ')
}

/** Returns a root of a real folder, and a function that resolves a path in it to a summary. */
async function openRoot(tree: Tree, replaced: Partial<FileSystem> = {}) {
  const folder = temporaryFolder(tree)
  const root = await rootOf(folder, { ...nodeFileSystem, ...replaced })
  const resolve = async (path: string, options: Partial<ResolveOptions> = {}): Promise<string> =>
    summarise(await root.run(resolvePath(root, pathOf(path), { ...CLEAN_URLS, ...options })))
  return { folder, root, resolve }
}

describe('resolvePath', () => {
  it('finds files by their names at any depth', async () => {
    const { resolve } = await openRoot({ 'a.css': '', 'b/c/d.js': '', 'b/plain': '' })
    expect(await resolve('/a.css')).toBe('a.css')
    expect(await resolve('/b/c/d.js')).toBe('b/c/d.js')
    expect(await resolve('/b/plain')).toBe('b/plain')
    expect(await resolve('/x')).toBe('missing')
    expect(await resolve('/a.css/x')).toBe('missing')
  })

  it('finds no file by its name with a trailing slash', async () => {
    const { resolve } = await openRoot({ 'a.css': '', plain: '', 'plain.html': '' })
    expect(await resolve('/a.css/')).toBe('missing')
    expect(await resolve('/plain/')).toBe('missing')
  })

  it('finds the index of a folder at its slash, and redirects other paths there', async () => {
    const { resolve } = await openRoot({ 'index.html': '', 'b/index.html': '' })
    expect(await resolve('/')).toBe('index.html')
    expect(await resolve('/b/')).toBe('b/index.html')
    expect(await resolve('/b')).toBe('at /b/')
    for (const path of ['/index.html', '/index', '/index/'])
      expect(await resolve(path), path).toBe('at /')
    for (const path of ['/b/index.html', '/b/index', '/b/index/'])
      expect(await resolve(path), path).toBe('at /b/')
  })

  it('uses the first index file that exists', async () => {
    const { resolve } = await openRoot({
      'b/two.htm': '',
      'b/three.html': '',
      'c/one.html/': '',
      'c/three.html': '',
    })
    const indexFiles = ['one.html', 'two.htm', 'three.html']
    expect(await resolve('/b/', { indexFiles })).toBe('b/two.htm')
    expect(await resolve('/b/two.htm', { indexFiles })).toBe('at /b/')
    expect(await resolve('/b/two', { indexFiles })).toBe('missing')
    // This file is not the index of the folder, so it has a path of its own.
    expect(await resolve('/b/three', { indexFiles })).toBe('b/three.html')
    expect(await resolve('/b/three.html', { indexFiles })).toBe('at /b/three')
    // A folder with the name of an index file is not an index.
    expect(await resolve('/c/', { indexFiles })).toBe('c/three.html')
  })

  it('returns folder if there is no index, or no index files are configured', async () => {
    const { resolve } = await openRoot({ 'b/c': '', 'index.html': '' })
    expect(await resolve('/b')).toBe('at /b/')
    expect(await resolve('/b/')).toBe('folder')
    expect(await resolve('/', { indexFiles: [] })).toBe('folder')
  })

  it('finds pages without their extension', async () => {
    const { resolve } = await openRoot({ 'about.html': '', 'b/page.html': '', 'old.htm': '' })
    expect(await resolve('/about')).toBe('about.html')
    expect(await resolve('/about.html')).toBe('at /about')
    expect(await resolve('/about/')).toBe('at /about')
    expect(await resolve('/b/page')).toBe('b/page.html')
    expect(await resolve('/old')).toBe('missing')
    expect(await resolve('/old.htm')).toBe('old.htm')
  })

  it('prefers the file of exactly the name to the page without its extension', async () => {
    const { resolve } = await openRoot({ a: '', 'a.html': '', 'b.html': '', 'b.html.html': '' })
    expect(await resolve('/a')).toBe('a')
    expect(await resolve('/a.html')).toBe('a.html')
    expect(await resolve('/b')).toBe('b.html')
    expect(await resolve('/b.html')).toBe('at /b')
    expect(await resolve('/b.html.html')).toBe('b.html.html')
  })

  it('distinguishes a page from the folder of its name by the slash', async () => {
    const { resolve } = await openRoot({
      'b.html': '',
      'b/index.html': '',
      'c.html': '',
      'c/x': '',
    })
    expect(await resolve('/b')).toBe('b.html')
    expect(await resolve('/b/')).toBe('b/index.html')
    expect(await resolve('/b/index.html')).toBe('at /b/')
    // A folder without an index or a listing redirects to the page.
    expect(await resolve('/c/')).toBe('at /c')
    expect(await resolve('/c/', { list: true })).toBe('folder')
    expect(await resolve('/c', { list: true })).toBe('c.html')
  })

  it('handles folders that have the names of files', async () => {
    const { resolve } = await openRoot({
      'a.html/x.css': '',
      'b.css/index.html': '',
      'index.html/index.html': '',
    })
    expect(await resolve('/a.html')).toBe('at /a.html/')
    expect(await resolve('/a')).toBe('missing')
    expect(await resolve('/a.html/x.css')).toBe('a.html/x.css')
    expect(await resolve('/b.css')).toBe('at /b.css/')
    expect(await resolve('/b.css/')).toBe('b.css/index.html')
    expect(await resolve('/')).toBe('folder')
    expect(await resolve('/index.html')).toBe('at /index.html/')
    expect(await resolve('/index.html/')).toBe('index.html/index.html')
  })

  it('serves a file by its longer paths too, with a note of the shortest, but for the slash', async () => {
    const { resolve } = await openRoot({
      'index.html': '',
      'about.html': '',
      'b/index.html': '',
      'b/page.html.gz': '',
      plain: '',
      'plain.html': '',
    })
    expect(await resolve('/about', SERVE)).toBe('about.html')
    expect(await resolve('/about.html', SERVE)).toBe('of /about about.html')
    expect(await resolve('/index.html', SERVE)).toBe('of / index.html')
    expect(await resolve('/index', SERVE)).toBe('of / index.html')
    expect(await resolve('/b/index.html', SERVE)).toBe('of /b/ b/index.html')
    expect(await resolve('/b/page.html', SERVE)).toBe('of /b/page b/page.html -identity gzip')
    expect(await resolve('/', SERVE)).toBe('index.html')
    expect(await resolve('/plain.html', SERVE)).toBe('plain.html')
    // Relative links would lead elsewhere: these are redirected, and at once to the shortest path.
    expect(await resolve('/b', SERVE)).toBe('at /b/')
    expect(await resolve('/about/', SERVE)).toBe('at /about')
    expect(await resolve('/index/', SERVE)).toBe('at /')
  })

  it('removes no extensions or index names without cleanUrls', async () => {
    const { resolve } = await openRoot({ 'about.html': '', 'b/index.html': '' })
    expect(await resolve('/about', FILE_NAMES)).toBe('missing')
    expect(await resolve('/about/', FILE_NAMES)).toBe('missing')
    expect(await resolve('/about.html', FILE_NAMES)).toBe('about.html')
    expect(await resolve('/b', FILE_NAMES)).toBe('at /b/')
    expect(await resolve('/b/', FILE_NAMES)).toBe('b/index.html')
    expect(await resolve('/b/index.html', FILE_NAMES)).toBe('b/index.html')
  })

  it('redirects once if slash, index and extension are all to be removed', async () => {
    const { resolve } = await openRoot({ 'home.html': '', 'b/home.html': '', 'home/x': '' })
    const indexFiles = ['home.html']
    expect(await resolve('/home/', { indexFiles })).toBe('at /')
    expect(await resolve('/b/home/', { indexFiles })).toBe('at /b/')
  })

  it('finds no FIFO, neither by name nor as a precompressed sibling', async () => {
    const { resolve } = await openRoot({ fifo: FIFO, 'a.css': '', 'a.css.gz': FIFO })
    expect(await resolve('/fifo')).toBe('missing')
    expect(await resolve('/a.css')).toBe('a.css')
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
  ])('returns why a file is unavailable: %s', async (code, expected) => {
    const { resolve } = await openRoot(
      { 'a.html': '', 'b/index.html': '' },
      {
        lstat: path =>
          /a\.html$|index\.html$/.test(path)
            ? Promise.reject(systemError(code))
            : nodeFileSystem.lstat(path),
      },
    )
    expect(await resolve('/a.html')).toBe(expected)
    expect(await resolve('/b/')).toBe(expected)
  })
})

describe('findFile', () => {
  it('finds the precompressed siblings of a file', async () => {
    const { resolve } = await openRoot({
      'a.js': '',
      'a.js.br': '',
      'a.js.gz': '',
      'a.js.zst': '',
      'a.js.xz': '',
      'b.js': '',
    })
    expect(await resolve('/a.js')).toBe('a.js br gzip zstd')
    expect(await resolve('/b.js')).toBe('b.js')
  })

  it('finds a file that exists only precompressed, also as a page and as an index', async () => {
    const { resolve } = await openRoot({
      'a.js.br': '',
      'page.html.gz': '',
      'b/index.html.zst': '',
    })
    expect(await resolve('/a.js')).toBe('a.js -identity br')
    expect(await resolve('/page')).toBe('page.html -identity gzip')
    expect(await resolve('/page.html')).toBe('at /page')
    expect(await resolve('/b/')).toBe('b/index.html -identity zstd')
    expect(await resolve('/b/index.html')).toBe('at /b/')
  })

  it('finds a precompressed file by its own name', async () => {
    const { resolve } = await openRoot({ 'a.js': '', 'a.js.br': '' })
    expect(await resolve('/a.js.br')).toBe('a.js.br')
  })

  it('ignores siblings that link out of the root', async () => {
    const folder = temporaryFolder({
      'outside.br': '',
      'site/a.js': '',
      'site/a.js.br': { link: '../outside.br' },
      'site/b.js.br': { link: '../outside.br' },
      'site/c.js': '',
      'site/c.js.gz': { link: 'a.js' },
    })
    const root = await rootOf(join(folder, 'site'))
    const resolve = async (path: string): Promise<string> =>
      summarise(await root.run(findFile(root, pathOf(path).segments)))
    expect(await resolve('/a.js')).toBe('a.js')
    expect(await resolve('/b.js')).toBe('missing')
    expect(await resolve('/c.js')).toBe('c.js gzip')
  })

  it('ignores folders with the name of a sibling', async () => {
    const { resolve } = await openRoot({ 'a.js': '', 'a.js.br/x': '', 'b.js.br/x': '' })
    expect(await resolve('/a.js')).toBe('a.js')
    expect(await resolve('/b.js')).toBe('missing')
  })

  it.each([
    [0, true],
    [1, true],
    [-1, false],
  ])('uses a sibling that is %d s newer than the file: %s', async (seconds, isUsed) => {
    const { folder, resolve } = await openRoot({ 'a.js': '', 'a.js.br': '' })
    // Times are compared in whole seconds: tar and zip keep no fractions.
    utimesSync(join(folder, 'a.js'), 1_700_000_000.7, 1_700_000_000.7)
    utimesSync(join(folder, 'a.js.br'), 1_700_000_000 + seconds, 1_700_000_000 + seconds)
    expect(await resolve('/a.js')).toBe(isUsed ? 'a.js br' : 'a.js')
  })

  it('finds a name of the maximum length, though the names of siblings would be too long', async () => {
    const name = 'x'.repeat(255)
    const { resolve } = await openRoot({ [name]: '' })
    expect(await resolve(`/${name}`)).toBe(name)
  })
})

describe('canonical paths', () => {
  const name = fc.constantFrom(
    'index',
    'index.html',
    'a',
    'a.html',
    'b',
    'b.html',
    'a.html.html',
    'a.br',
    'index.html.gz',
    'home.htm',
  )
  const files = fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }), {
    maxLength: 7,
    selector: path => path.join('/'),
  })
  const resolveOptions = fc.record({
    indexFiles: fc.constantFrom(
      ['index.html'],
      ['home.htm', 'index.html'],
      ['a.html', 'index.html'],
      ['a'],
      [],
    ),
    cleanUrls: fc.constantFrom('serve' as const, 'redirect' as const, 'off' as const),
    list: fc.boolean(),
  })

  /** Makes a root in memory with those of the files that do not conflict with earlier ones. */
  function treeOf(paths: readonly (readonly string[])[]) {
    const kinds = new Map<string, 'file' | 'folder'>([['', 'folder']])
    for (const path of paths) {
      const parents = path.map((_, depth) => path.slice(0, depth).join('/'))
      if (kinds.has(path.join('/')) || parents.some(parent => kinds.get(parent) === 'file'))
        continue
      for (const parent of parents) kinds.set(parent, 'folder')
      kinds.set(path.join('/'), 'file')
    }
    const root: Pick<SiteRoot, 'stat' | 'statDerived' | 'namesBeside'> = {
      // biome-ignore lint/correctness/useYield: nothing here needs a call.
      *stat(segments): FileOperation<StatResult> {
        const path = segments.join('/')
        const kind = kinds.get(path)
        if (kind === undefined) return { kind: 'missing' }
        const times = { mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n }
        const numbers = { size: 1, ...times, device: 1n, inode: 1n, links: 1n }
        const status = { kind, ...numbers }
        return kind === 'file' ? { kind, status } : { kind, status }
      },
      statDerived: segments => root.stat(segments),
      namesBeside: () => undefined,
    }
    const resolve = (path: SitePath, options: ResolveOptions): ResolvedPath => {
      const step = resolvePath(root as SiteRoot, path, options).next()
      if (!step.done) throw new Error('nothing here needs a call')
      return step.value
    }
    return { resolve, kinds }
  }

  /** Returns every name, with and without its extensions, a slash, and an index below it. */
  function requestablePaths(kinds: ReadonlyMap<string, string>): SitePath[] {
    const texts = [...kinds.keys()].flatMap(path => {
      const stems = [
        path,
        path.replace(/\.html$/, ''),
        path.replace(/\.(?:br|gz)$/, ''),
        path.replace(/\.html\.gz$/, ''),
      ]
      return stems.flatMap(stem => [stem, `${stem}/index`, `${stem}/index.html`, `${stem}/a`])
    })
    const paths = [...new Set(texts)].map(text => text.split('/').filter(Boolean))
    return paths.flatMap(segments =>
      segments.length === 0
        ? [{ segments, isFolder: true }]
        : [true, false].map(isFolder => ({ segments, isFolder })),
    )
  }

  it('redirect at most once, and give each file one path only', () => {
    fc.assert(
      fc.property(files, resolveOptions, (paths, options) => {
        const { resolve, kinds } = treeOf(paths)
        const canonicalOf = new Map<string, string>()
        for (const path of requestablePaths(kinds)) {
          const found = resolve(path, options)
          const last = found.kind === 'redirect' ? resolve(found.path, options) : found
          expect(
            summarise(last),
            `${format(path)} of ${JSON.stringify([...kinds.keys()])}`,
          ).not.toMatch(/^at /)
          if (last.kind !== 'asset' || options.cleanUrls === 'off') continue
          // A redirect leads to the canonical path; a longer path that serves the file has a note.
          if (found.kind === 'redirect') expect(last.canonical, format(path)).toBe(undefined)
          const served = last.canonical ?? path
          const canonical = format(found.kind === 'redirect' ? found.path : served)
          const file = last.segments.join('/')
          expect(canonicalOf.get(file) ?? canonical, file).toBe(canonical)
          canonicalOf.set(file, canonical)
        }
        // Each file is reached by its own name, directly or by the redirect.
        for (const [file, kind] of kinds)
          if (kind === 'file') {
            const found = resolve(pathOf(`/${file}`), options)
            const last = found.kind === 'redirect' ? resolve(found.path, options) : found
            expect(last.kind === 'asset' && last.segments.join('/'), file).toBe(file)
          }
      }),
      { numRuns: 300 },
    )
  })

  it('are the same in a real folder', async () => {
    const { folder, resolve } = await openRoot({ 'index.html': '' })
    mkdirSync(join(folder, 'index'))
    writeFileSync(join(folder, 'index/index.html'), '')
    expect(await resolve('/index')).toBe('at /')
    expect(await resolve('/index/')).toBe('index/index.html')
    expect(await resolve('/index/index')).toBe('at /index/')
  })
})
