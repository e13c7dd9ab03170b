import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { incompressibleBytes, jsonOfOneKibInBrotli, MIB } from './content.ts'
import { APPLICATION, LISTING, type ListedFile, PAGES, WIDE } from './site-lists.ts'

/** Long ago, so that no server considers the files recently modified. */
const WRITTEN = new Date('2024-02-29T12:00:00Z')
/** `WRITTEN` as an HTTP date. */
export const WRITTEN_DATE: string = WRITTEN.toUTCString()
export const BIG_BYTES: number = 100 * MIB
export const SLOW_BYTES: number = 1100 * 1024

/** Files by name. Every site has the small one, which shows that a server has started. */
export const FILES = {
  small: '/1k.bin',
  medium: '/16k.bin',
  large: '/1m.bin',
  /** Larger than what a server keeps in memory. */
  slow: '/1100k.bin',
  big: '/100m.bin',
  items: '/items.json',
} as const

/** What a workload needs to be served: a few files, one large file, or a folder of many. */
export type SiteName = 'few' | 'big' | 'wide' | 'pages' | 'listing'

export type Site = {
  /** The folder that is served. */
  readonly root: string
  /** The folder for configuration and logs. */
  readonly workFolder: string
}

export type Sites = {
  /** Returns a site, and writes its files when it is used first. */
  readonly site: (name: SiteName) => Site
  readonly workFolder: string
  readonly remove: () => void
}

/** Creates a temporary folder for the sites. */
export function makeSites(): Sites {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-bench-'))
  // Readable by servers that drop their privileges.
  chmodSync(folder, 0o755)
  const workFolder = join(folder, 'work')
  mkdirSync(workFolder)
  const made = new Map<SiteName, Site>()
  return {
    site: name => {
      const site = made.get(name) ?? { root: join(folder, name), workFolder }
      if (!made.has(name)) writeSite(site.root, name)
      made.set(name, site)
      return site
    },
    workFolder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

type Content = readonly [path: string, bytes: Buffer]

/** Writes the files of a site. No file is sparse, and all are in the page cache. */
function writeSite(root: string, name: SiteName): void {
  for (const [path, bytes] of [smallFile(), ...CONTENTS[name]()]) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
    utimesSync(file, WRITTEN, WRITTEN)
  }
}

const smallFile = (): Content => [FILES.small, incompressibleBytes(1024)]

const CONTENTS: Readonly<Record<SiteName, () => Iterable<Content>>> = {
  few: () => [
    [FILES.medium, incompressibleBytes(16 * 1024)],
    [FILES.large, incompressibleBytes(MIB)],
    [FILES.slow, incompressibleBytes(SLOW_BYTES)],
    [FILES.items, jsonOfOneKibInBrotli()],
  ],
  big: () => [
    [FILES.big, Buffer.concat(Array<Buffer>(BIG_BYTES / MIB).fill(incompressibleBytes(MIB)))],
  ],
  wide: () => contentsOf(WIDE),
  pages: () => contentsOf([APPLICATION, ...PAGES]),
  listing: () => contentsOf(LISTING),
}

/** Cuts the contents out of one buffer, each at another offset. */
function* contentsOf(files: readonly ListedFile[]): Generator<Content> {
  const bytes = incompressibleBytes(MIB)
  for (const [index, { path, contentBytes }] of files.entries()) {
    const from = (index * 61) % (MIB - contentBytes)
    yield [path, bytes.subarray(from, from + contentBytes)]
  }
}
