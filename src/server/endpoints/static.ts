import { planPreflight } from '../../response/cross-origin.ts'
import { listingFields, listingFormOf } from '../../response/directory-listing.ts'
import { planError } from '../../response/error-page.ts'
import { parseTargetPath, StatusCode } from '../../response/index.ts'
import { planCanonicalRedirect, planRedirect, relativeReference } from '../../response/redirect.ts'
import { planUnsupportedMethod, READ_METHODS } from '../../response/response-plan.ts'
import { redirectOf } from '../../response/site-rules.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { FileOperation } from '../files/file-access.ts'
import { lookAgainAtPlainFile, type SitePath, sameSegments } from '../files/resolve-path.ts'
import { sendStored } from '../files/send-asset.ts'
import { MISSING } from '../files/unavailable.ts'
import type { CheckedAt } from '../response-cache/cache-entry.ts'
import type { ServerContext } from '../server-context.ts'
import { absentKey, isAbsent } from './absent-path.ts'
import {
  type Fallback,
  fallbackOf,
  isSameResource,
  type RequestedPath,
  requestedPathOf,
  resolveOnSite,
  type SiteResource,
  sitePathOf,
} from './site-resource.ts'
import {
  cachePlan,
  PATH_OPTIONS,
  type SiteCacheOptions,
  type SiteRequest,
  sendError,
  sendSiteAsset,
  sendUnavailable,
  siteRequest,
  withVary,
} from './site-response.ts'

/** What responds where no file is found. */
export type Otherwise = {
  /** Whether it has been asked before the files: no file may be cached then. */
  readonly isFirst: boolean
  /** Resolves to false if it has nothing either. */
  readonly respond: () => Promise<boolean>
}

/**
 * Responds to a request for a site: by its rules, with what the path leads to below its root, or by
 * `otherwise`.
 */
export function respondStatic(
  exchange: Exchange,
  context: ServerContext,
  otherwise?: Otherwise,
): void | Promise<void> {
  const { head } = exchange
  const site = context.sites.of(head)
  if (site === undefined) {
    exchange.refusal = 'host-unknown'
    return exchange.send(planError(StatusCode.MisdirectedRequest, '', head))
  }
  const target = parseTargetPath(head.path, PATH_OPTIONS)
  const requested = requestedPathOf(target)
  const request = siteRequest(exchange, site, requested?.path ?? '')
  if (!READ_METHODS.includes(head.method)) {
    const preflight = planPreflight(site.config.cors, head, READ_METHODS)
    const plan = preflight ?? planUnsupportedMethod(head.method, READ_METHODS)
    return orElse(otherwise, () => {
      if (preflight === undefined) exchange.refusal = 'method-not-allowed'
      exchange.send(plan)
    })
  }
  if (!target.ok && target.status === StatusCode.MovedPermanently)
    return exchange.send(planCanonicalRedirect(target.location, head.query))
  if (!target.ok && requested === undefined) {
    const plan = planError(target.status, target.reason, head)
    return orElse(otherwise, () => {
      exchange.refusal = target.code
      exchange.send(plan)
    })
  }
  const redirect = target.ok ? redirectOf(site.rules, target.path, head.query) : undefined
  if (redirect !== undefined) return exchange.send(planRedirect(redirect.status, redirect.location))
  const responding = site.root.run(respond(exchange, request, requested!, context, otherwise))
  if (otherwise === undefined)
    return responding instanceof Promise
      ? (responding as Promise<unknown> as Promise<void>)
      : undefined
  const sendMissing = (): void | Promise<void> =>
    site.root.run(sendUnavailable(exchange, request, MISSING, context))
  const onFound = (isFound: boolean): void | Promise<void> =>
    isFound ? undefined : orElse(otherwise, sendMissing)
  return responding instanceof Promise ? responding.then(onFound) : onFound(responding)
}

function orElse(
  otherwise: Otherwise | undefined,
  send: () => void | Promise<void>,
): void | Promise<void> {
  if (otherwise === undefined) return send()
  return otherwise.respond().then(hasResponded => (hasResponded ? undefined : send()))
}

/** Responds with what a path leads to. Returns false if that is nothing: `otherwise` responds. */
function* respond(
  exchange: Exchange,
  request: SiteRequest,
  target: RequestedPath,
  context: ServerContext,
  otherwise: Otherwise | undefined,
): FileOperation<boolean> {
  const { head } = exchange
  const { site } = request
  const { lookedAtMs } = site.root
  try {
    const fallback = fallbackOf(site, head, target.path)
    const resource = yield* resolveOnSite(site, target, fallback)
    if (resource.kind === 'missing' && otherwise !== undefined) return false
    const cache = otherwise?.isFirst
      ? undefined
      : cacheOptions(request, target, fallback, resource, lookedAtMs, context)
    const varied = isAbsent(resource) ? withVary(request, fallback.vary) : request
    switch (resource.kind) {
      case 'asset':
        yield* sendSiteAsset(exchange, request, resource, context, cache)
        break
      case 'single':
        yield* sendSiteAsset(exchange, varied, resource.page, context, cache, true)
        break
      case 'redirect': {
        const location = relativeReference(sitePathOf(target.path), resource.path)
        const plan = planCanonicalRedirect(location, head.query)
        cachePlan(head, request, plan, cache && { ...cache, hasNoQuery: true }, context)
        exchange.send(plan)
        break
      }
      case 'listing':
        yield* sendListing(exchange, request, resource.path, context)
        break
      default:
        if (target.segments === undefined) exchange.refusal = 'encoded-slash'
        yield* sendUnavailable(exchange, varied, resource, context, cache)
    }
    return true
  } catch (error) {
    // The client gets the site's error page, unless a response has begun; the dispatcher logs.
    if (exchange.status === 0)
      yield* sendError(exchange, request, StatusCode.InternalServerError, context)
    throw error
  }
}

/** Decides whether a response may be repeated, and how to look whether it is still right. */
function cacheOptions(
  { site }: SiteRequest,
  target: RequestedPath,
  fallback: Fallback,
  resource: SiteResource,
  checkedAtMs: number,
  { responseCache }: ServerContext,
): SiteCacheOptions | undefined {
  const { cors, revalidateMs: lifetimeMs } = site.config
  // The fields are not the same for all clients if single origins are allowed.
  const isForAll = cors === undefined || cors.includes('*')
  if (responseCache === undefined || !isForAll) return undefined
  const isPlain =
    resource.kind === 'asset' &&
    site.rules.rewrites.length === 0 &&
    target.segments !== undefined &&
    sameSegments(target.segments, resource.segments)
  const lookAgain = function* (isRead: boolean): FileOperation<CheckedAt> {
    site.root.renew()
    const atMs = isPlain
      ? lookAgainAtPlainFile(site.root, resource, site.config, isRead)
      : undefined
    if (atMs !== undefined) return atMs
    const { lookedAtMs } = site.root
    const again = yield* resolveOnSite(site, target, fallback)
    return isSameResource(again, resource) ? lookedAtMs : undefined
  }
  if (!isAbsent(resource)) return { variation: {}, checkedAtMs, lifetimeMs, lookAgain }
  const sharedKey = absentKey(site, target.path, fallback, resource)
  return { variation: {}, checkedAtMs, lifetimeMs, lookAgain, sharedKey }
}

function* sendListing(
  exchange: Exchange,
  request: SiteRequest,
  { segments }: SitePath,
  context: ServerContext,
): FileOperation<void> {
  const { head } = exchange
  const { root } = request.site
  const form = listingFormOf(head)
  const acceptEncoding = head.field('accept-encoding')
  const listing = yield* context.listings.describe(root, segments, form, acceptEncoding)
  if (listing.kind !== 'stored') return yield* sendUnavailable(exchange, request, listing, context)
  const options = { root, cacheControl: 'no-cache', more: listingFields(form) }
  const result = yield* sendStored(exchange, listing, options, context)
  // Only a full queue of compressions leaves a listing without an acceptable representation.
  if (result.kind !== 'sent') yield* sendUnavailable(exchange, request, { kind: 'busy' }, context)
}
