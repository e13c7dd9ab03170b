import type { RequestHead } from '../../parser/index.ts'
import { parseTargetPath, StatusCode } from '../../response/index.ts'
import { matchingRulesKey } from '../../response/matching-rules.ts'
import { redirectOf } from '../../response/site-rules.ts'
import type { FileOperation } from '../files/file-access.ts'
import { hasForms } from '../files/other-spelling.ts'
import { isAbsentNow, type SitePath } from '../files/resolve-path.ts'
import type { Site } from '../files/sites.ts'
import type { CacheEntry } from '../response-cache/cache-entry.ts'
import { isCacheable } from '../response-cache/response-cache.ts'
import type { ServerContext } from '../server-context.ts'
import {
  type Fallback,
  fallbackOf,
  type RequestedPath,
  requestedPathOf,
  resolveOnSite,
  type SiteResource,
} from './site-resource.ts'
import { findErrorPage, keyWithErrorPage, nearestErrorPage, PATH_OPTIONS } from './site-response.ts'

/*
 * Paths that lead to no file, of which there are more than any memory can hold: each gets the error
 * page of its site, or the page of a single-page application. So they share their cached responses,
 * and only whether such a path still leads to nothing is looked at for each request.
 */

export type AbsentResource = Extract<SiteResource, { kind: 'missing' | 'single' }>

export function isAbsent(resource: SiteResource): resource is AbsentResource {
  return resource.kind === 'missing' || resource.kind === 'single'
}

/**
 * Returns the key that a path shares with all others that get the same response; with
 * `keyWithErrorPage()`, if it is missing.
 */
export function absentKey(
  site: Site,
  path: string,
  { vary }: Fallback,
  resource: AbsentResource,
): string {
  return keyOf(site, path, vary, resource.kind === 'single' ? resource.page.segments : undefined)
}

/** `page` is the page of a single-page application, undefined for none. */
function keyOf(
  { name, rules }: Site,
  path: string,
  vary: readonly string[],
  page: readonly string[] | undefined,
): string {
  const file = page?.join('/') ?? ''
  const matching = matchingRulesKey(rules, path, page === undefined ? path : `/${file}`)
  // None of them can contain a line end.
  return [name, matching, vary.join(), file].join('\n')
}

/**
 * Finds the cached response for a path that leads to no file. Returns undefined if it leads to one,
 * if that cannot be found out at once, or if no such response is cached.
 */
export function findAbsent(
  head: RequestHead,
  { sites, responseCache, clock }: ServerContext,
): CacheEntry | undefined {
  if (responseCache === undefined || !isCacheable(head)) return undefined
  const site = sites.of(head)
  if (site?.root.access.direct === undefined) return undefined
  const target = requestedPathOf(parseTargetPath(head.path, PATH_OPTIONS))
  if (target === undefined) return undefined
  const isFile = target.segments !== undefined
  if (isFile && redirectOf(site.rules, target.path, head.query) !== undefined) return undefined
  const fallback = fallbackOf(site, head, target.path)
  try {
    const mayBeRewritten = isFile && site.rules.rewrites.length > 0
    if (!mayBeRewritten && (!isFile || isAbsentInAnyForm(site, target))) {
      const key = keyAtOnce(site, target.path, fallback)
      const entry = key && responseCache.findShared(key, head, clock.monotonicMs())
      if (entry) return entry
    }
    const key = site.root.run(findKey(site, target, fallback))
    if (key instanceof Promise) {
      key.catch(() => {})
      return undefined
    }
    if (key === undefined) return undefined
    return responseCache.findShared(key, head, clock.monotonicMs())
  } catch {
    // The endpoint finds the same, and reports it.
    return undefined
  }
}

/** Found at once, and not for paths that may be spelt otherwise. */
function isAbsentInAnyForm({ root, config }: Site, path: SitePath): boolean {
  return !hasForms(path.segments) && isAbsentNow(root, path, config)
}

/** Returns the key of a path that is known to lead to no file, undefined if that takes a look. */
function keyAtOnce(site: Site, path: string, { vary, pages }: Fallback): string | undefined {
  const [page] = pages
  // Nothing is cached for an inherited page that is missing: it is never served.
  if (page !== undefined) return keyOf(site, path, vary, page.segments)
  const errorPage = nearestErrorPage(site.root, path)
  return errorPage && keyWithErrorPage(keyOf(site, path, vary, undefined), errorPage)
}

/** Returns undefined for a path that leads to a file. */
function* findKey(
  site: Site,
  target: RequestedPath,
  fallback: Fallback,
): FileOperation<string | undefined> {
  const resource = yield* resolveOnSite(site, target, fallback)
  if (!isAbsent(resource)) return undefined
  const key = absentKey(site, target.path, fallback, resource)
  if (resource.kind === 'single') return key
  const page = yield* findErrorPage(site.root, target.path, StatusCode.NotFound)
  return keyWithErrorPage(key, page?.segments)
}
