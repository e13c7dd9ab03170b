import type { Coding } from '../../response/index.ts'
import type { Config } from '../config/settings.ts'
import type { FileStatus } from './file-system.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** A file by its canonical path, and as it was when it was looked at. */
export type FoundFile = { readonly segments: readonly string[]; readonly status: FileStatus }

/**
 * A file, and the files beside it that are what it would be in a content coding. One of them at
 * least is there.
 */
export type FoundAsset = {
  readonly kind: 'asset'
  /** Of the file, be it there or not. */
  readonly segments: readonly string[]
  readonly name: string
  readonly identity: FoundFile | undefined
  readonly siblings: ReadonlyMap<Coding, FoundFile>
}

/** What a path leads to. */
export type ResolvedPath =
  | FoundAsset
  /** The same has another path, which is the canonical one. */
  | { readonly kind: 'redirect'; readonly path: SitePath }
  /** A folder without an index, or another file that stands for it. */
  | { readonly kind: 'folder' }
  | Unavailable

/** A canonical path: decoded segments, and whether it ends in a slash. */
export type SitePath = { readonly segments: readonly string[]; readonly isFolder: boolean }

/** What files are asked for by, and whether a folder is something by itself. */
export type ResolveOptions = Pick<Config, 'indexFiles' | 'cleanUrls' | 'list'>

const SUFFIXES: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
]
const PAGE = '.html'
const NS_PER_S = 1_000_000_000n

/**
 * Finds what a path leads to: the file of that name, the page that a clean URL leaves the extension
 * of unsaid, or the index of a folder. A file that has two paths is elsewhere for all but the
 * shortest, so that each has one address.
 */
export async function resolvePath(
  root: SiteRoot,
  path: SitePath,
  naming: ResolveOptions,
): Promise<ResolvedPath> {
  const found = await lookup(root, path, naming)
  if (found.kind === 'redirect') {
    // Slash, index and extension together are one way to go: `/index/` is neither at `/index` nor
    // at `/index.html`.
    const there = await resolvePath(root, found.path, naming)
    return there.kind === 'redirect' ? there : found
  }
  if (found.kind !== 'asset' || !naming.cleanUrls) return found
  for (const shorter of canonicalCandidates(found.segments, naming)) {
    if (samePath(shorter, path)) return found
    // The shorter path may be another file's.
    const other = await lookup(root, shorter, naming)
    if (other.kind === 'asset' && sameSegments(other.segments, found.segments))
      return { kind: 'redirect', path: shorter }
  }
  return found
}

async function lookup(
  root: SiteRoot,
  { segments, isFolder }: SitePath,
  { indexFiles, cleanUrls, list }: ResolveOptions,
): Promise<ResolvedPath> {
  const page = pageOf(segments)
  if (!isFolder) {
    const named = await findFile(root, segments)
    if (named.kind !== 'folder' && named.kind !== 'missing') return named
    // A folder may stand beside the page of its name: the page is what has no slash.
    const asPage = cleanUrls && page ? await findFile(root, page) : named
    if (asPage.kind === 'asset') return asPage
    return named.kind === 'folder'
      ? { kind: 'redirect', path: { segments, isFolder: true } }
      : named
  }
  const folder = await root.stat(segments)
  if (folder.kind === 'folder') {
    for (const name of indexFiles) {
      const index = await findFile(root, [...segments, name])
      if (index.kind !== 'missing' && index.kind !== 'folder') return index
    }
    if (list) return folder
  }
  // A file's name with a slash behind it is not the file's, but a page's may well have been meant.
  if (folder.kind === 'file') return { kind: 'missing' }
  const asPage = cleanUrls && page ? await findFile(root, page) : folder
  return asPage.kind === 'asset'
    ? { kind: 'redirect', path: { segments, isFolder: false } }
    : folder
}

/** The file of exactly this name, or of this name in a content coding alone. */
export async function findFile(
  root: SiteRoot,
  segments: readonly string[],
): Promise<FoundAsset | { readonly kind: 'folder' } | Unavailable> {
  const name = segments.at(-1) ?? ''
  const looked = await root.stat(segments)
  if (looked.kind !== 'file' && (looked.kind !== 'missing' || name === '')) return looked
  const identity = looked.kind === 'file' ? { segments, status: looked.status } : undefined
  const siblings = new Map<Coding, FoundFile>()
  const beside = SUFFIXES.map(async ([coding, suffix]) => {
    const path = [...segments.slice(0, -1), name + suffix]
    const sibling = await root.stat(path)
    if (sibling.kind === 'file' && !isOutdated(sibling.status, identity?.status))
      siblings.set(coding, { segments: path, status: sibling.status })
  })
  await Promise.all(beside)
  if (identity === undefined && siblings.size === 0) return { kind: 'missing' }
  return { kind: 'asset', segments, name, identity, siblings }
}

/**
 * Whether a file was changed after what is beside it was made of it; in seconds, since archives
 * keep no more.
 */
function isOutdated(sibling: FileStatus, identity: FileStatus | undefined): boolean {
  return identity !== undefined && sibling.mtimeNs / NS_PER_S < identity.mtimeNs / NS_PER_S
}

/** By what shorter paths a file might be asked for, the shortest first. */
function canonicalCandidates(
  segments: readonly string[],
  { indexFiles }: ResolveOptions,
): readonly SitePath[] {
  const folder = segments.slice(0, -1)
  const name = segments.at(-1)!
  const paths: SitePath[] = []
  if (indexFiles.includes(name)) paths.push({ segments: folder, isFolder: true })
  if (name.endsWith(PAGE) && name !== PAGE)
    paths.push({ segments: [...folder, name.slice(0, -PAGE.length)], isFolder: false })
  return paths
}

function pageOf(segments: readonly string[]): readonly string[] | undefined {
  const name = segments.at(-1)
  return name === undefined ? undefined : [...segments.slice(0, -1), name + PAGE]
}

function samePath(one: SitePath, other: SitePath): boolean {
  return one.isFolder === other.isFolder && sameSegments(one.segments, other.segments)
}

function sameSegments(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, at) => segment === other[at])
}
