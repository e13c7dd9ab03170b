import type { RequestHead } from '../../parser/index.ts'
import { defaultCacheControl } from '../../response/cache-policy.ts'
import { planError } from '../../response/error-page.ts'
import { type FieldLine, mediaTypeOf, parseTargetPath, StatusCode } from '../../response/index.ts'
import {
  cacheControlOf,
  matchingRules,
  matchingRulesOfPage,
  NO_MATCHES,
} from '../../response/matching-rules.ts'
import { relativeReference } from '../../response/redirect.ts'
import type { ResponsePlan, TextPlan } from '../../response/response-plan.ts'
import {
  NO_RULES,
  type SiteHeaders,
  siteHeaders,
  withSiteHeaders,
} from '../../response/site-rules.ts'
import { typeByRules } from '../../response/type-rules.ts'
import type { Config } from '../config/config.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { FileOperation } from '../files/file-access.ts'
import { PATH_OPTIONS } from '../files/path-options.ts'
import { type FoundAsset, findDerivedFile, isSameAsset } from '../files/resolve-path.ts'
import { sendAsset, statusForUnavailable } from '../files/send-asset.ts'
import type { SiteRoot } from '../files/site-root.ts'
import type { Site } from '../files/sites.ts'
import type { Unavailable } from '../files/unavailable.ts'
import { type CacheOptions, type CheckedAt, HeldBody } from '../response-cache/cache-entry.ts'
import type { ServerContext } from '../server-context.ts'
import { requestedPathOf, sitePathOf } from './site-resource.ts'

export { PATH_OPTIONS }

/** What the responses of a site to one request have in common. */
export type SiteRequest = {
  readonly site: Site
  /** The canonical path, '' if the request has none. */
  readonly path: string
  readonly headers: SiteHeaders
}

/** `path` is the canonical path that the rules are for. */
export function siteRequest(
  exchange: Exchange,
  site: Site,
  path: string,
  config: Config = site.config,
): SiteRequest {
  const headers = siteHeaders(config, site.rules, path, exchange.head)
  exchange.setSiteHeaders(headers)
  return { site, path, headers }
}

/** Returns the headers of the site that a request is for, whatever responds to it. */
export function headersFor(head: RequestHead, { sites }: ServerContext): SiteHeaders {
  const path = requestedPathOf(parseTargetPath(head.path, PATH_OPTIONS))?.path ?? ''
  return siteHeaders(sites.configOf(head), sites.of(head)?.rules ?? NO_RULES, path, head)
}

/** Adds names of request fields to the Vary of the responses. */
export function withVary(request: SiteRequest, names: readonly string[]): SiteRequest {
  if (names.length === 0) return request
  const { headers } = request
  const lines = names.map((name): FieldLine => ['Vary', name])
  return { ...request, headers: { ...headers, always: [...headers.always, ...lines] } }
}

/** Returns the request with the rules that match the path of a file, too. */
function withFile(request: SiteRequest, file: FoundAsset, isFallback = false): SiteRequest {
  const { site, path, headers } = request
  const matching = isFallback ? matchingRulesOfPage : matchingRules
  return {
    ...request,
    headers: { ...headers, rules: matching(site.rules, path, pathOf(file)) },
  }
}

function pathOf({ segments }: FoundAsset): string {
  return `/${segments.join('/')}`
}

/** For which requests and how long a response may be repeated, and how to look again. */
export type SiteCacheOptions = Omit<CacheOptions, 'recheck'> & {
  readonly hasNoQuery?: boolean
  readonly lookAgain: (isRead: boolean) => FileOperation<CheckedAt>
}

/** Caches a planned response, if it may be repeated. */
export function cachePlan(
  head: RequestHead,
  { site, headers }: SiteRequest,
  plan: ResponsePlan & { readonly body: Uint8Array },
  cache: SiteCacheOptions | undefined,
  { responseCache }: ServerContext,
): void {
  if (cache === undefined) return
  responseCache?.put(head, {
    ...cache,
    status: plan.status,
    fields: withSiteHeaders(plan, headers),
    body: new HeldBody(plan.body),
    recheck: () => site.root.run(cache.lookAgain(false)),
  })
}

/**
 * Responds with a file of the site. The page of a single-page application `isFallback`: the paths
 * that lead to it say nothing about how long it may be cached.
 */
export function* sendSiteAsset(
  exchange: Exchange,
  request: SiteRequest,
  found: FoundAsset,
  context: ServerContext,
  siteCache?: SiteCacheOptions,
  isFallback = false,
): FileOperation<void> {
  const { root, rules, config } = request.site
  const { cacheSeconds } = config
  const file = pathOf(found)
  const cacheControl =
    cacheControlOf(rules, isFallback ? file : request.path, file) ??
    (cacheSeconds === undefined
      ? defaultCacheControl(found.name)
      : `public, max-age=${cacheSeconds}`)
  const cache = siteCache && {
    ...siteCache,
    recheck: (isRead: boolean) => root.run(siteCache.lookAgain(isRead)),
  }
  const link = canonicalLink(request.path, found)
  const { headers } = withFile(request, found, isFallback)
  exchange.setSiteHeaders(headers)
  const options = {
    root,
    cacheControl,
    mediaType: typeByRules(rules.types, headers.rules ?? NO_MATCHES, found.name),
    more: link && [link],
    cache,
  }
  const unavailable = yield* sendAsset(exchange, found, options, context)
  if (unavailable !== undefined) yield* sendUnavailable(exchange, request, unavailable, context)
}

/** RFC 6596: leads from a longer path of a file to the one that search engines are to list. */
function canonicalLink(path: string, { canonical }: FoundAsset): FieldLine | undefined {
  if (canonical === undefined) return undefined
  return ['Link', `<${relativeReference(sitePathOf(path), canonical)}>; rel="canonical"`]
}

export function* sendUnavailable(
  exchange: Exchange,
  request: SiteRequest,
  unavailable: Unavailable,
  context: ServerContext,
  cache?: SiteCacheOptions,
): FileOperation<void> {
  const { status, fields } = statusForUnavailable(unavailable)
  const isMissing = unavailable.kind === 'missing'
  if (!isMissing) exchange.refusal = unavailable.kind
  yield* sendError(exchange, request, status, context, fields, isMissing ? cache : undefined)
}

/** Responds with an error: with the site's own page for this status, if there is one. */
export function* sendError(
  exchange: Exchange,
  request: SiteRequest,
  status: StatusCode,
  context: ServerContext,
  more: readonly FieldLine[] = [],
  cache?: SiteCacheOptions,
): FileOperation<void> {
  const { head } = exchange
  const { path, site } = request
  const { root } = site
  let found: FoundAsset | undefined
  let page: TextPlan | undefined
  try {
    found = yield* findErrorPage(root, path, status)
    page = yield* planErrorPage(request.site, found, status, context)
  } catch {}
  const own = page === undefined ? request : withFile(request, found!)
  const error = page ?? planError(status, '', head)
  const plan = { ...error, fields: [...error.fields, ...more] }
  if (cache !== undefined && (found === undefined || page !== undefined)) {
    const prefersHtml = page ? undefined : context.responseCache?.negotiation.prefersHtml(head)
    const lookAgain = function* (): FileOperation<CheckedAt> {
      const again = yield* findErrorPage(root, path, status)
      const isSame = again === found || (again && found && isSameAsset(again, found))
      return isSame ? yield* cache.lookAgain(false) : undefined
    }
    const variation = { ...cache.variation, prefersHtml }
    const sharedKey = cache.sharedKey && keyWithErrorPage(cache.sharedKey, found?.segments)
    cachePlan(head, own, plan, { ...cache, variation, lookAgain, sharedKey }, context)
  }
  exchange.setSiteHeaders(own.headers)
  exchange.send(plan)
}

/** Finds the page of the nearest folder upwards. `path` is canonical, or ''. */
export function* findErrorPage(
  root: SiteRoot,
  path: string,
  status: StatusCode,
): FileOperation<FoundAsset | undefined> {
  const name = status >= 500 ? '50x.html' : `${status}.html`
  const folder = folderOf(path)
  for (let depth = yield* root.depthOf(folder); depth >= 0; depth--) {
    const found = yield* findDerivedFile(root, [...folder.slice(0, depth), name])
    if (found.kind === 'asset' && found.identity !== undefined) return found
  }
  return undefined
}

/**
 * The same for a missing path, found at once.
 *
 * @returns the segments of the page, none for no page; undefined if more has to be looked at
 */
export function nearestErrorPage(root: SiteRoot, path: string): readonly string[] | undefined {
  const name = `${StatusCode.NotFound}.html`
  const folder = folderOf(path)
  const depth = root.depthOfNearest(folder, name)
  if (depth === undefined) return undefined
  return depth < 0 ? [] : [...folder.slice(0, depth), name]
}

function folderOf(path: string): readonly string[] {
  const { segments, isFolder } = sitePathOf(path)
  return isFolder ? segments : segments.slice(0, -1)
}

/** Adds the page of an error to the key that its response is shared by. */
export function keyWithErrorPage(key: string, page: readonly string[] | undefined): string {
  return `${key}\n${page?.join('/') ?? ''}`
}

/** An error page has no validators, and is not cached: it does not represent the requested path. */
function* planErrorPage(
  { root, rules }: Site,
  found: FoundAsset | undefined,
  status: StatusCode,
  { assets }: ServerContext,
): FileOperation<TextPlan | undefined> {
  if (found === undefined) return undefined
  const body = yield* assets.contentOf(root, found.identity!)
  if (body === undefined) return undefined
  const matching = matchingRules(rules, pathOf(found))
  const fields: FieldLine[] = [
    ['Content-Type', typeByRules(rules.types, matching, found.name) ?? mediaTypeOf(found.name)],
    ['X-Content-Type-Options', 'nosniff'],
    ['Cache-Control', 'no-cache'],
  ]
  return { status, fields, body }
}
