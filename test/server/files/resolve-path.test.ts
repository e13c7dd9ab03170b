import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import {
  findFile,
  type ResolvedPath,
  type ResolveOptions,
  resolvePath,
  type SitePath,
} from '../../../src/server/files/resolve-path.ts'
import type { SiteRoot, StatResult } from '../../../src/server/files/site-root.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

const NAMING: ResolveOptions = { indexFiles: ['index.html'], cleanUrls: true, list: false }
const FILES: ResolveOptions = { ...NAMING, cleanUrls: false }

function pathOf(text: string): SitePath {
  return { segments: text.split('/').filter(Boolean), isFolder: text.endsWith('/') }
}

function spell({ segments, isFolder }: SitePath): string {
  const path = `/${segments.join('/')}`
  return isFolder && segments.length > 0 ? `${path}/` : path
}

/** In words: the file, with the codings that stand beside it or in its stead, or where it is. */
function told(found: ResolvedPath): string {
  if (found.kind === 'redirect') return `at ${spell(found.path)}`
  if (found.kind !== 'asset') return found.kind
  const codings = [...found.siblings.keys()].sort()
  return [found.segments.join('/'), ...(found.identity ? [] : ['-identity']), ...codings].join(' ')
}

async function finding(tree: Tree, replaced: Partial<FileSystem> = {}) {
  const folder = temporaryFolder(tree)
  const root = await rootOf(folder, { ...nodeFileSystem, ...replaced })
  const find = async (path: string, naming: Partial<ResolveOptions> = {}): Promise<string> =>
    told(await resolvePath(root, pathOf(path), { ...NAMING, ...naming }))
  return { folder, root, find }
}

describe('findAsset', () => {
  it('finds files by their names, at any depth', async () => {
    const { find } = await finding({ 'a.css': '', 'b/c/d.js': '', 'b/plain': '' })
    expect(await find('/a.css')).toBe('a.css')
    expect(await find('/b/c/d.js')).toBe('b/c/d.js')
    expect(await find('/b/plain')).toBe('b/plain')
    expect(await find('/x')).toBe('missing')
    expect(await find('/a.css/x')).toBe('missing')
  })

  it('finds no file by a name with a slash behind it', async () => {
    const { find } = await finding({ 'a.css': '', plain: '', 'plain.html': '' })
    expect(await find('/a.css/')).toBe('missing')
    expect(await find('/plain/')).toBe('missing')
  })

  it('finds the index of a folder at the slash alone', async () => {
    const { find } = await finding({ 'index.html': '', 'b/index.html': '' })
    expect(await find('/')).toBe('index.html')
    expect(await find('/b/')).toBe('b/index.html')
    expect(await find('/b')).toBe('at /b/')
    for (const path of ['/index.html', '/index', '/index/'])
      expect(await find(path), path).toBe('at /')
    for (const path of ['/b/index.html', '/b/index', '/b/index/'])
      expect(await find(path), path).toBe('at /b/')
  })

  it('takes the first index that is there', async () => {
    const { find } = await finding({
      'b/two.htm': '',
      'b/three.html': '',
      'c/one.html/': '',
      'c/three.html': '',
    })
    const indexFiles = ['one.html', 'two.htm', 'three.html']
    expect(await find('/b/', { indexFiles })).toBe('b/two.htm')
    expect(await find('/b/two.htm', { indexFiles })).toBe('at /b/')
    expect(await find('/b/two', { indexFiles })).toBe('missing')
    // Not what stands for the folder, so it has an address of its own.
    expect(await find('/b/three', { indexFiles })).toBe('b/three.html')
    expect(await find('/b/three.html', { indexFiles })).toBe('at /b/three')
    // A folder of that name is no index.
    expect(await find('/c/', { indexFiles })).toBe('c/three.html')
  })

  it('is a folder where there is no index, and where there are none at all', async () => {
    const { find } = await finding({ 'b/c': '', 'index.html': '' })
    expect(await find('/b')).toBe('at /b/')
    expect(await find('/b/')).toBe('folder')
    expect(await find('/', { indexFiles: [] })).toBe('folder')
  })

  it('finds pages without their extension', async () => {
    const { find } = await finding({ 'about.html': '', 'b/page.html': '', 'old.htm': '' })
    expect(await find('/about')).toBe('about.html')
    expect(await find('/about.html')).toBe('at /about')
    expect(await find('/about/')).toBe('at /about')
    expect(await find('/b/page')).toBe('b/page.html')
    expect(await find('/old')).toBe('missing')
    expect(await find('/old.htm')).toBe('old.htm')
  })

  it('gives a file its name, and the page beside it another', async () => {
    const { find } = await finding({ a: '', 'a.html': '', 'b.html': '', 'b.html.html': '' })
    expect(await find('/a')).toBe('a')
    expect(await find('/a.html')).toBe('a.html')
    expect(await find('/b')).toBe('b.html')
    expect(await find('/b.html')).toBe('at /b')
    expect(await find('/b.html.html')).toBe('b.html.html')
  })

  it('tells a page from the folder of its name by the slash', async () => {
    const { find } = await finding({ 'b.html': '', 'b/index.html': '', 'c.html': '', 'c/x': '' })
    expect(await find('/b')).toBe('b.html')
    expect(await find('/b/')).toBe('b/index.html')
    expect(await find('/b/index.html')).toBe('at /b/')
    // A page stands for a folder that has nothing to show itself.
    expect(await find('/c/')).toBe('at /c')
    expect(await find('/c/', { list: true })).toBe('folder')
    expect(await find('/c', { list: true })).toBe('c.html')
  })

  it('knows folders that are named as files are', async () => {
    const { find } = await finding({
      'a.html/x.css': '',
      'b.css/index.html': '',
      'index.html/index.html': '',
    })
    expect(await find('/a.html')).toBe('at /a.html/')
    expect(await find('/a')).toBe('missing')
    expect(await find('/a.html/x.css')).toBe('a.html/x.css')
    expect(await find('/b.css')).toBe('at /b.css/')
    expect(await find('/b.css/')).toBe('b.css/index.html')
    expect(await find('/')).toBe('folder')
    expect(await find('/index.html')).toBe('at /index.html/')
    expect(await find('/index.html/')).toBe('index.html/index.html')
  })

  it('leaves extensions and indexes where they are unless URLs are to be clean', async () => {
    const { find } = await finding({ 'about.html': '', 'b/index.html': '' })
    expect(await find('/about', FILES)).toBe('missing')
    expect(await find('/about/', FILES)).toBe('missing')
    expect(await find('/about.html', FILES)).toBe('about.html')
    expect(await find('/b', FILES)).toBe('at /b/')
    expect(await find('/b/', FILES)).toBe('b/index.html')
    expect(await find('/b/index.html', FILES)).toBe('b/index.html')
  })

  it('sends on once, whatever is in the way: slash, index and extension together', async () => {
    const { find } = await finding({ 'home.html': '', 'b/home.html': '', 'home/x': '' })
    const indexFiles = ['home.html']
    expect(await find('/home/', { indexFiles })).toBe('at /')
    expect(await find('/b/home/', { indexFiles })).toBe('at /b/')
  })

  it('finds nothing in a FIFO, and nothing beside it', async () => {
    const { find } = await finding({ fifo: FIFO, 'a.css': '', 'a.css.gz': FIFO })
    expect(await find('/fifo')).toBe('missing')
    expect(await find('/a.css')).toBe('a.css')
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
  ])('says why it cannot look: %s', async (code, expected) => {
    const { find } = await finding(
      { 'a.html': '', 'b/index.html': '' },
      {
        stat: path =>
          /a\.html$|index\.html$/.test(path)
            ? Promise.reject(systemError(code))
            : nodeFileSystem.stat(path),
      },
    )
    expect(await find('/a.html')).toBe(expected)
    expect(await find('/b/')).toBe(expected)
  })
})

describe('findFile', () => {
  it('finds what is beside a file in a content coding', async () => {
    const { find } = await finding({
      'a.js': '',
      'a.js.br': '',
      'a.js.gz': '',
      'a.js.zst': '',
      'a.js.xz': '',
      'b.js': '',
    })
    expect(await find('/a.js')).toBe('a.js br gzip zstd')
    expect(await find('/b.js')).toBe('b.js')
  })

  it('finds what is there in a content coding alone, also as a page and as an index', async () => {
    const { find } = await finding({ 'a.js.br': '', 'page.html.gz': '', 'b/index.html.zst': '' })
    expect(await find('/a.js')).toBe('a.js -identity br')
    expect(await find('/page')).toBe('page.html -identity gzip')
    expect(await find('/page.html')).toBe('at /page')
    expect(await find('/b/')).toBe('b/index.html -identity zstd')
    expect(await find('/b/index.html')).toBe('at /b/')
  })

  it('finds a coded file by its own name, as itself', async () => {
    const { find } = await finding({ 'a.js': '', 'a.js.br': '' })
    expect(await find('/a.js.br')).toBe('a.js.br')
  })

  it('does not take what leads out of the root', async () => {
    const folder = temporaryFolder({
      'outside.br': '',
      'site/a.js': '',
      'site/a.js.br': { link: '../outside.br' },
      'site/b.js.br': { link: '../outside.br' },
      'site/c.js': '',
      'site/c.js.gz': { link: 'a.js' },
    })
    const root = await rootOf(join(folder, 'site'))
    const find = async (path: string): Promise<string> =>
      told(await findFile(root, pathOf(path).segments))
    expect(await find('/a.js')).toBe('a.js')
    expect(await find('/b.js')).toBe('missing')
    expect(await find('/c.js')).toBe('c.js gzip')
  })

  it('does not take a folder', async () => {
    const { find } = await finding({ 'a.js': '', 'a.js.br/x': '', 'b.js.br/x': '' })
    expect(await find('/a.js')).toBe('a.js')
    expect(await find('/b.js')).toBe('missing')
  })

  it.each([
    [0, true],
    [1, true],
    [-1, false],
  ])('takes what is %d s younger than the file: %s', async (seconds, taken) => {
    const { folder, find } = await finding({ 'a.js': '', 'a.js.br': '' })
    // Within a second nothing is older: tar and zip keep whole seconds, or two.
    utimesSync(join(folder, 'a.js'), 1_700_000_000.7, 1_700_000_000.7)
    utimesSync(join(folder, 'a.js.br'), 1_700_000_000 + seconds, 1_700_000_000 + seconds)
    expect(await find('/a.js')).toBe(taken ? 'a.js br' : 'a.js')
  })

  it('finds a name as long as names may be, though what is beside it would be too long', async () => {
    const name = 'x'.repeat(255)
    const { find } = await finding({ [name]: '' })
    expect(await find(`/${name}`)).toBe(name)
  })
})

describe('addresses', () => {
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
  const naming = fc.record({
    indexFiles: fc.constantFrom(
      ['index.html'],
      ['home.htm', 'index.html'],
      ['a.html', 'index.html'],
      ['a'],
      [],
    ),
    cleanUrls: fc.boolean(),
    list: fc.boolean(),
  })

  /** A root in memory: what can be is put into it, in turn. */
  function treeOf(paths: readonly (readonly string[])[]) {
    const kinds = new Map<string, 'file' | 'folder'>([['', 'folder']])
    for (const path of paths) {
      const parents = path.map((_, depth) => path.slice(0, depth).join('/'))
      if (kinds.has(path.join('/')) || parents.some(parent => kinds.get(parent) === 'file'))
        continue
      for (const parent of parents) kinds.set(parent, 'folder')
      kinds.set(path.join('/'), 'file')
    }
    const root: Pick<SiteRoot, 'stat'> = {
      async stat(segments): Promise<StatResult> {
        const path = segments.join('/')
        const kind = kinds.get(path)
        if (kind === undefined) return { kind: 'missing' }
        const figures = { size: 1, mtimeNs: 0n, ctimeNs: 0n, device: 1n, inode: 1n, links: 1n }
        const status = { kind, ...figures }
        return kind === 'file' ? { kind, status } : { kind, status }
      },
    }
    return { root: root as SiteRoot, kinds }
  }

  /** All that might be asked for: every name, with and without its extensions, with and without a slash, and an index below it. */
  function askable(kinds: ReadonlyMap<string, string>): SitePath[] {
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

  it('whoever is sent elsewhere finds it there at once, and each file at one address only', async () => {
    await fc.assert(
      fc.asyncProperty(files, naming, async (paths, named) => {
        const { root, kinds } = treeOf(paths)
        const addressOf = new Map<string, string>()
        for (const path of askable(kinds)) {
          const found = await resolvePath(root, path, named)
          const last =
            found.kind === 'redirect' ? await resolvePath(root, found.path, named) : found
          expect(told(last), `${spell(path)} of ${JSON.stringify([...kinds.keys()])}`).not.toMatch(
            /^at /,
          )
          if (last.kind !== 'asset' || !named.cleanUrls) continue
          const address = spell(found.kind === 'redirect' ? found.path : path)
          const file = last.segments.join('/')
          expect(addressOf.get(file) ?? address, file).toBe(address)
          addressOf.set(file, address)
        }
        // No file is out of reach: by its own name it is found, or sent for.
        for (const [file, kind] of kinds)
          if (kind === 'file') {
            const found = await resolvePath(root, pathOf(`/${file}`), named)
            const last =
              found.kind === 'redirect' ? await resolvePath(root, found.path, named) : found
            expect(last.kind === 'asset' && last.segments.join('/'), file).toBe(file)
          }
      }),
      { numRuns: 300 },
    )
  })

  it('says so also of a real folder', async () => {
    const { folder, find } = await finding({ 'index.html': '' })
    mkdirSync(join(folder, 'index'))
    writeFileSync(join(folder, 'index/index.html'), '')
    expect(await find('/index')).toBe('at /')
    expect(await find('/index/')).toBe('index/index.html')
    expect(await find('/index/index')).toBe('at /index/')
  })
})
