import { defaultCacheControl } from '../../response/cache-policy.ts'
import { planError } from '../../response/error-page.ts'
import { type FieldLine, mediaTypeOf, type StatusCode } from '../../response/index.ts'
import type { ResponsePlan } from '../../response/response-plan.ts'
import {
  cacheControlOf,
  type SiteHeaders,
  siteHeaders,
  withSiteHeaders,
} from '../../response/site-rules.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { FileOperation } from '../files/file-access.ts'
import { type FoundAsset, findDerivedFile } from '../files/resolve-path.ts'
import { sendAsset, statusForUnavailable } from '../files/send-asset.ts'
import type { Site } from '../files/sites.ts'
import type { Unavailable } from '../files/unavailable.ts'
import type { ServerContext } from '../server-context.ts'

/** What the responses of a site to one request have in common. */
export type SiteRequest = {
  readonly site: Site
  /** The canonical path, '' if the request has none. */
  readonly path: string
  readonly headers: SiteHeaders
}

export function siteRequest(
  { head }: Exchange,
  site: Site,
  path: string,
  { config }: ServerContext,
): SiteRequest {
  return { site, path, headers: siteHeaders(config, site.rules, path, head) }
}

/** Sends a planned response with the site's headers. */
export function sendPlan(exchange: Exchange, { headers }: SiteRequest, plan: ResponsePlan): void {
  exchange.send({ ...plan, fields: withSiteHeaders(plan, headers) })
}

/**
 * Responds with a file of the site. `cacheableFromMs` is when it was looked up, if every client
 * that requests the path gets the same response.
 */
export function* sendSiteAsset(
  exchange: Exchange,
  { site, path, headers }: SiteRequest,
  found: FoundAsset,
  context: ServerContext,
  cacheableFromMs?: number,
): FileOperation<void> {
  const { cacheSeconds } = context.config
  const cacheControl =
    cacheControlOf(site.rules, path) ??
    (cacheSeconds === undefined
      ? defaultCacheControl(found.name)
      : `public, max-age=${cacheSeconds}`)
  const options = { root: site.root, cacheControl, headers, cacheableFromMs }
  const unavailable = yield* sendAsset(exchange, found, options, context)
  if (unavailable !== undefined)
    yield* sendUnavailable(exchange, { site, path, headers }, unavailable, context)
}

export function* sendUnavailable(
  exchange: Exchange,
  request: SiteRequest,
  unavailable: Unavailable,
  context: ServerContext,
): FileOperation<void> {
  const { status, fields } = statusForUnavailable(unavailable)
  yield* sendError(exchange, request, status, context, fields)
}

/** Responds with an error: with the site's own page for this status, if it has one. */
export function* sendError(
  exchange: Exchange,
  request: SiteRequest,
  status: StatusCode,
  context: ServerContext,
  more: readonly FieldLine[] = [],
): FileOperation<void> {
  let page: ResponsePlan | undefined
  try {
    page = yield* errorPageOf(request.site, status, context)
  } catch {}
  const plan = page ?? planError(status, '', exchange.head)
  sendPlan(exchange, request, { ...plan, fields: [...plan.fields, ...more] })
}

/** An error page has no validators, and is not cached: it does not represent the requested path. */
function* errorPageOf(
  { root }: Site,
  status: StatusCode,
  { assets }: ServerContext,
): FileOperation<ResponsePlan | undefined> {
  const name = status >= 500 ? '50x.html' : `${status}.html`
  const found = yield* findDerivedFile(root, [name])
  if (found.kind !== 'asset' || found.identity === undefined) return undefined
  const body = yield* assets.contentOf(root, found.identity)
  if (body === undefined) return undefined
  const fields: FieldLine[] = [
    ['Content-Type', mediaTypeOf(name)],
    ['X-Content-Type-Options', 'nosniff'],
    ['Cache-Control', 'no-cache'],
  ]
  return { status, fields, body }
}
