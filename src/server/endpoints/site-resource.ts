import type { RequestHead } from '../../parser/index.ts'
import { isNavigation, navigationVary } from '../../response/navigation.ts'
import { rewriteOf, singlesOf } from '../../response/site-rules.ts'
import type { TargetPathResult } from '../../response/target-path.ts'
import type { FileOperation } from '../files/file-access.ts'
import { findOtherSpelling } from '../files/other-spelling.ts'
import {
  type FoundAsset,
  findDerivedFile,
  isSameAsset,
  isSameResult,
  type ResolvedPath,
  resolvePath,
  type SitePath,
} from '../files/resolve-path.ts'
import type { Site } from '../files/sites.ts'
import { MISSING } from '../files/unavailable.ts'

/** What a path leads to on this site, its rules considered. */
export type SiteResource =
  | Exclude<ResolvedPath, { kind: 'folder' }>
  | { readonly kind: 'single'; readonly page: FoundAsset }
  | { readonly kind: 'listing'; readonly path: SitePath }

/** The canonical path of a request, in segments and as text. Without segments it names no file. */
export type RequestedPath = (SitePath | { readonly segments: undefined }) & {
  readonly path: string
}

/** Returns the path of a target to resolve on a site, undefined if it is refused on every site. */
export function requestedPathOf(target: TargetPathResult): RequestedPath | undefined {
  if (target.ok) return target
  return target.code === 'encoded-slash' ? { segments: undefined, path: target.path } : undefined
}

/** What a single-page application responds to a request if no file has its path. */
export type Fallback = {
  /** The first that exists is sent: only inherited ones may be missing. None: a 404. */
  readonly pages: readonly SitePath[]
  /** The names of the request's fields that decide on it. */
  readonly vary: readonly string[]
}

const NO_FALLBACK: Fallback = { pages: [], vary: [] }

export function fallbackOf({ rules }: Site, head: RequestHead, path: string): Fallback {
  const singles = rules.singles.length === 0 ? [] : singlesOf(rules, path)
  if (singles.length === 0) return NO_FALLBACK
  const vary = navigationVary(path)
  if (!isNavigation(head, path)) return { pages: [], vary }
  const own = singles.findIndex(({ isInherited }) => !isInherited)
  const first = own === -1 ? singles : singles.slice(0, own + 1)
  return { pages: first.map(({ file }) => sitePathOf(file)), vary }
}

/** Resolves a path: by a rewrite rule, in the file system, and last by its fallback. */
export function* resolveOnSite(
  { root, rules, config }: Site,
  target: RequestedPath,
  fallback: Fallback,
): FileOperation<SiteResource> {
  const rewritten = target.segments && rewriteOf(rules, target.path)
  let path = rewritten === undefined ? target : sitePathOf(rewritten)
  let found = path.segments === undefined ? MISSING : yield* resolvePath(root, path, config)
  const respelt =
    found.kind === 'missing' && path.segments
      ? yield* findOtherSpelling(root, path, config)
      : undefined
  if (respelt !== undefined) ({ path, found } = respelt)
  // A rewritten path is not the client's: it cannot be redirected from, nor has it another address.
  if (found.kind === 'redirect' && rewritten !== undefined)
    found = yield* resolvePath(root, found.path, config)
  if (found.kind === 'asset' && rewritten !== undefined) return { ...found, canonical: undefined }
  if (found.kind === 'folder' && config.list && path.segments) return { kind: 'listing', path }
  if (found.kind !== 'folder' && found.kind !== 'missing') return found
  for (const { segments } of fallback.pages) {
    const page = yield* findDerivedFile(root, segments)
    if (page.kind === 'asset') return { kind: 'single', page }
    if (page.kind !== 'folder' && page.kind !== 'missing') return page
  }
  return MISSING
}

/** Whether two looks at a path of a site found the same. */
export function isSameResource(one: SiteResource, other: SiteResource): boolean {
  if (one.kind === 'single') return other.kind === 'single' && isSameAsset(one.page, other.page)
  if (one.kind === 'listing' || other.kind === 'single' || other.kind === 'listing') return false
  return isSameResult(one, other)
}

export function sitePathOf(path: string): SitePath {
  const segments = path.split('/').filter(segment => segment !== '')
  return { segments, isFolder: path.endsWith('/') }
}
