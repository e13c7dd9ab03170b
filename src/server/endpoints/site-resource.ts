import { rewriteOf, singleOf } from '../../response/site-rules.ts'
import type { Config } from '../config/config.ts'
import type { FileOperation } from '../files/file-access.ts'
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

/** What a path leads to on this site, its rules considered. */
export type SiteResource =
  | Exclude<ResolvedPath, { kind: 'folder' }>
  | { readonly kind: 'single'; readonly page: FoundAsset }
  | { readonly kind: 'listing'; readonly path: SitePath }

/** The canonical path of a request, in segments and as text. */
export type RequestedPath = SitePath & { readonly path: string }

/**
 * Resolves a path: by a rewrite rule, in the file system, and last, for a navigation, in a
 * single-page application.
 */
export function* resolveOnSite(
  { root, rules }: Site,
  target: RequestedPath,
  isNavigation: boolean,
  config: Config,
): FileOperation<SiteResource> {
  const rewritten = rewriteOf(rules, target.path)
  const path = rewritten === undefined ? target : sitePathOf(rewritten)
  let found = yield* resolvePath(root, path, config)
  // A rewritten path is not the client's: it cannot be redirected from, nor has it another address.
  if (found.kind === 'redirect' && rewritten !== undefined)
    found = yield* resolvePath(root, found.path, config)
  if (found.kind === 'asset' && rewritten !== undefined) return { ...found, canonical: undefined }
  if (found.kind === 'folder' && config.list) return { kind: 'listing', path }
  if (found.kind !== 'folder' && found.kind !== 'missing') return found
  const single = isNavigation ? singleOf(rules, target.path) : undefined
  if (single === undefined) return { kind: 'missing' }
  const page = yield* findDerivedFile(root, sitePathOf(single).segments)
  if (page.kind === 'asset') return { kind: 'single', page }
  return page.kind === 'folder' ? { kind: 'missing' } : page
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
