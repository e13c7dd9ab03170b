import type { RequestHead } from '../../parser/index.ts'
import { isNavigation, navigationVary } from '../../response/navigation.ts'
import { rewriteOf, singleOf } from '../../response/site-rules.ts'
import type { TargetPathResult } from '../../response/target-path.ts'
import type { Config } from '../config/config.ts'
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
  /** Undefined if the request gets a 404. */
  readonly page: SitePath | undefined
  /** The names of the request's fields that decide on it. */
  readonly vary: readonly string[]
}

const NO_FALLBACK: Fallback = { page: undefined, vary: [] }

export function fallbackOf({ rules }: Site, head: RequestHead, path: string): Fallback {
  const file = rules.singles.length === 0 ? undefined : singleOf(rules, path)
  if (file === undefined) return NO_FALLBACK
  const page = isNavigation(head, path) ? sitePathOf(file) : undefined
  return { page, vary: navigationVary(path) }
}

/** Resolves a path: by a rewrite rule, in the file system, and last by its fallback. */
export function* resolveOnSite(
  { root, rules }: Site,
  target: RequestedPath,
  fallback: Fallback,
  config: Config,
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
  if (fallback.page === undefined) return MISSING
  const page = yield* findDerivedFile(root, fallback.page.segments)
  if (page.kind === 'asset') return { kind: 'single', page }
  return page.kind === 'folder' ? MISSING : page
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
