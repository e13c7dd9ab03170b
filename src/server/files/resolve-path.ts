import type { Coding } from '../../response/index.ts'
import type { Config } from '../config/config.ts'
import type { FileOperation } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { isSameVersion } from './file-version.ts'
import type { FoundFile, StatResult } from './look.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'

/** A file and its precompressed siblings: at least one of these. */
export type FoundAsset = {
  readonly kind: 'asset'
  /** Of the file itself, whether it exists or not. */
  readonly segments: readonly string[]
  readonly name: string
  readonly identity: FoundFile | undefined
  readonly siblings: ReadonlyMap<Coding, FoundFile>
  /** The shorter path of the file, if it was found by a longer one. */
  readonly canonical?: SitePath | undefined
}

/** What a path leads to. */
export type ResolvedPath =
  | FoundAsset
  /** The canonical path of the same file or folder is another. */
  | { readonly kind: 'redirect'; readonly path: SitePath }
  /** A folder without an index. */
  | { readonly kind: 'folder' }
  | Unavailable

/** A canonical path: decoded segments, and whether it ends in a slash. */
export type SitePath = { readonly segments: readonly string[]; readonly isFolder: boolean }

/** How paths lead to files, and whether folders are listed. */
export type ResolveOptions = Pick<Config, 'indexFiles' | 'cleanUrls' | 'list'>

const SUFFIXES: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
]
const NO_SIBLINGS: ReadonlyMap<Coding, FoundFile> = new Map()
const PAGE = '.html'
const NS_PER_S = 1_000_000_000n

/**
 * Finds what a path leads to: the file of that name, the page of a clean URL, or the index of a
 * folder. A file has one canonical path, the shortest; others lead to it, by a note or a redirect.
 */
export function* resolvePath(
  root: SiteRoot,
  path: SitePath,
  options: ResolveOptions,
): FileOperation<ResolvedPath> {
  const found = yield* lookup(root, path, options, findFile)
  if (found.kind === 'redirect') {
    // Slash, index and extension together are one way to go: `/index/` is neither at `/index` nor
    // at `/index.html`.
    const there = yield* resolvePath(root, found.path, options)
    if (there.kind === 'asset' && there.canonical !== undefined)
      return { kind: 'redirect', path: there.canonical }
    return there.kind === 'redirect' ? there : found
  }
  if (found.kind !== 'asset' || options.cleanUrls === 'off') return found
  for (const shorter of canonicalCandidates(found.segments, options)) {
    if (samePath(shorter, path)) return found
    // The shorter path may lead to another file.
    const other = yield* lookup(root, shorter, options, findDerivedFile)
    if (other.kind === 'asset' && sameSegments(other.segments, found.segments))
      return options.cleanUrls === 'serve'
        ? { ...found, canonical: shorter }
        : { kind: 'redirect', path: shorter }
  }
  return found
}

function* lookup(
  root: SiteRoot,
  { segments, isFolder }: SitePath,
  { indexFiles, cleanUrls, list }: ResolveOptions,
  findNamed: typeof findFile,
): FileOperation<ResolvedPath> {
  const page = cleanUrls === 'off' ? undefined : pageOf(segments)
  if (!isFolder) {
    const named = yield* findNamed(root, segments)
    if (named.kind !== 'folder' && named.kind !== 'missing') return named
    // If a folder and a page have the same name, the path without a slash is the page's.
    const asPage = page ? yield* findDerivedFile(root, page) : named
    if (asPage.kind === 'asset') return asPage
    return named.kind === 'folder'
      ? { kind: 'redirect', path: { segments, isFolder: true } }
      : named
  }
  const folder = yield* root.stat(segments)
  if (folder.kind === 'folder') {
    for (const name of indexFiles) {
      const index = yield* findDerivedFile(root, [...segments, name])
      if (index.kind !== 'missing' && index.kind !== 'folder') return index
    }
    if (list) return folder
  }
  // A file's path with a slash is not the file's; a page's path is redirected.
  if (folder.kind === 'file') return { kind: 'missing' }
  const asPage = page ? yield* findDerivedFile(root, page) : folder
  return asPage.kind === 'asset'
    ? { kind: 'redirect', path: { segments, isFolder: false } }
    : folder
}

/** What there is at exactly one name. */
export type FoundFileOrFolder = FoundAsset | { readonly kind: 'folder' } | Unavailable

/** Finds the file of exactly this name, or its precompressed siblings alone. */
export function* findFile(
  root: SiteRoot,
  segments: readonly string[],
): FileOperation<FoundFileOrFolder> {
  return yield* findWithSiblings(root, segments, yield* root.stat(segments))
}

/** The same for a name that no client asked for, such as that of an index or an error page. */
export function* findDerivedFile(
  root: SiteRoot,
  segments: readonly string[],
): FileOperation<FoundFileOrFolder> {
  return yield* findWithSiblings(root, segments, yield* root.statDerived(segments))
}

function* findWithSiblings(
  root: SiteRoot,
  segments: readonly string[],
  found: StatResult,
): FileOperation<FoundFileOrFolder> {
  const name = segments.at(-1) ?? ''
  if (found.kind !== 'file' && (found.kind !== 'missing' || name === '')) return found
  const identity = found.kind === 'file' ? { segments, status: found.status } : undefined
  const names = root.namesBeside(segments)
  let siblings = NO_SIBLINGS
  for (const [coding, suffix] of SUFFIXES) {
    if (names?.has(name + suffix) === false) continue
    const path = [...segments.slice(0, -1), name + suffix]
    const sibling = yield* root.statDerived(path)
    if (sibling.kind !== 'file' || isOutdated(sibling.status, identity?.status)) continue
    siblings = new Map([...siblings, [coding, { segments: path, status: sibling.status }]])
  }
  if (identity === undefined && siblings.size === 0) return { kind: 'missing' }
  return { kind: 'asset', segments, name, identity, siblings }
}

/** Whether a sibling is older than its file, in seconds: archives store no smaller unit. */
function isOutdated(sibling: FileStatus, identity: FileStatus | undefined): boolean {
  return identity !== undefined && sibling.mtimeNs / NS_PER_S < identity.mtimeNs / NS_PER_S
}

/** Whether a path leads to nothing, if that can be found at once; otherwise returns false. */
export function isAbsentNow(
  root: SiteRoot,
  { segments, isFolder }: SitePath,
  { cleanUrls }: ResolveOptions,
): boolean {
  const name = segments.at(-1)
  if (isFolder || name === undefined) return false
  const hasPages = cleanUrls !== 'off'
  const derived = hasPages ? [name + PAGE] : []
  for (const [, suffix] of SUFFIXES) {
    derived.push(name + suffix)
    if (hasPages) derived.push(name + PAGE + suffix)
  }
  return root.isAbsent(segments, derived)
}

/** Looks again, like `SiteRoot.lookAgain()`, at a file with neither siblings nor a shorter path. */
export function lookAgainAtPlainFile(
  root: SiteRoot,
  { name, identity, siblings }: FoundAsset,
  { indexFiles }: ResolveOptions,
  isRead: boolean,
): number | undefined {
  if (identity === undefined || siblings.size > 0) return undefined
  if (name.endsWith(PAGE) || indexFiles.includes(name)) return undefined
  return root.lookAgain(
    identity,
    SUFFIXES.map(([, suffix]) => name + suffix),
    isRead,
  )
}

/** The shorter paths that may lead to a file, the shortest first. */
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

/** Whether two looks at a path led to the same versions of the same files. */
export function isSameResult(one: ResolvedPath, other: ResolvedPath): boolean {
  if (one.kind === 'asset')
    return (
      other.kind === 'asset' &&
      isSameAsset(one, other) &&
      isSameCanonical(one.canonical, other.canonical)
    )
  if (one.kind === 'redirect') return other.kind === 'redirect' && samePath(one.path, other.path)
  return one.kind === other.kind
}

export function isSameAsset(one: FoundAsset, other: FoundAsset): boolean {
  return (
    sameSegments(one.segments, other.segments) &&
    isSameFile(one.identity, other.identity) &&
    SUFFIXES.every(([coding]) => isSameFile(one.siblings.get(coding), other.siblings.get(coding)))
  )
}

function isSameFile(one: FoundFile | undefined, other: FoundFile | undefined): boolean {
  return one === other || (one && other && isSameVersion(one.status, other.status)) === true
}

function isSameCanonical(one: SitePath | undefined, other: SitePath | undefined): boolean {
  return one === undefined || other === undefined ? one === other : samePath(one, other)
}

function samePath(one: SitePath, other: SitePath): boolean {
  return one.isFolder === other.isFolder && sameSegments(one.segments, other.segments)
}

export function sameSegments(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, at) => segment === other[at])
}
