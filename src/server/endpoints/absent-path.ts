import type { RequestHead } from '../../parser/index.ts'
import { parseTargetPath } from '../../response/index.ts'
import { isNavigation } from '../../response/navigation.ts'
import { cacheControlOf, headerRuleOf, redirectOf, singleOf } from '../../response/site-rules.ts'
import { isAbsentNow } from '../files/resolve-path.ts'
import type { Site } from '../files/sites.ts'
import type { CacheEntry } from '../response-cache/cache-entry.ts'
import { isCacheable } from '../response-cache/response-cache.ts'
import type { ServerContext } from '../server-context.ts'
import { resolveOnSite, type SiteResource, sitePathOf } from './site-resource.ts'
import { PATH_OPTIONS } from './site-response.ts'

/*
 * Paths that lead to no file, of which there are more than any memory can hold: each gets the error
 * page of its site, or the page of a single-page application. So they share their cached responses,
 * and only whether such a path still leads to nothing is looked at for each request.
 */

export type AbsentResource = Extract<SiteResource, { kind: 'missing' | 'single' }>

export function isAbsent(resource: SiteResource): resource is AbsentResource {
  return resource.kind === 'missing' || resource.kind === 'single'
}

/** Returns the key that a path shares with all others that get the same response. */
export function absentKey(site: Site, path: string, resource: AbsentResource): string {
  return keyOf(site, path, resource.kind === 'single' ? resource.page.segments.join('/') : '')
}

/** `page` is the page of a single-page application, '' for none. */
function keyOf({ name, rules }: Site, path: string, page: string): string {
  const header = rules.headers.length === 0 ? -1 : headerRuleOf(rules, path)
  const cacheControl = rules.caches.length === 0 ? '' : cacheControlOf(rules, path)
  // None of them can contain a line end.
  return [name, header, cacheControl, page].join('\n')
}

/**
 * Finds the cached response for a path that leads to no file. Returns undefined if it leads to one,
 * if that cannot be found out at once, or if no such response is cached.
 */
export function findAbsent(
  head: RequestHead,
  { sites, config, responseCache, clock }: ServerContext,
): CacheEntry | undefined {
  if (responseCache === undefined || !isCacheable(head)) return undefined
  const site = sites.of(head)
  if (site?.root.access.direct === undefined) return undefined
  const target = parseTargetPath(head.path, PATH_OPTIONS)
  if (!target.ok || redirectOf(site.rules, target.path, head.query) !== undefined) return undefined
  const navigates = site.rules.singles.length > 0 && isNavigation(head, target.path)
  try {
    if (site.rules.rewrites.length === 0 && isAbsentNow(site.root, target, config)) {
      const single = navigates ? singleOf(site.rules, target.path) : undefined
      const page = single === undefined ? '' : sitePathOf(single).segments.join('/')
      const key = keyOf(site, target.path, page)
      const entry = responseCache.findShared(key, head, clock.monotonicMs())
      if (entry !== undefined) return entry
    }
    const resource = site.root.run(resolveOnSite(site, target, navigates, config))
    if (resource instanceof Promise) {
      resource.catch(() => {})
      return undefined
    }
    if (!isAbsent(resource)) return undefined
    const key = absentKey(site, target.path, resource)
    return responseCache.findShared(key, head, clock.monotonicMs())
  } catch {
    // The endpoint finds the same, and reports it.
    return undefined
  }
}
