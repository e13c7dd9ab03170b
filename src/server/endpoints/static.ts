import { planPreflight } from '../../response/cross-origin.ts'
import { planListing } from '../../response/directory-listing.ts'
import { planError } from '../../response/error-page.ts'
import { encodePath, type FieldLine, parseTargetPath, StatusCode } from '../../response/index.ts'
import { isNavigation } from '../../response/navigation.ts'
import {
  planText,
  planUnsupportedMethod,
  READ_METHODS,
  type ResponsePlan,
} from '../../response/response-plan.ts'
import { redirectOf, rewriteOf, singleOf } from '../../response/site-rules.ts'
import type { Config } from '../config/config.ts'
import type { Exchange } from '../connection/exchange.ts'
import { type FileOperation, wait } from '../files/file-access.ts'
import { listFolder } from '../files/list-folder.ts'
import {
  type FoundAsset,
  findDerivedFile,
  type ResolvedPath,
  resolvePath,
  type SitePath,
} from '../files/resolve-path.ts'
import type { Site } from '../files/sites.ts'
import type { ServerContext } from '../server-context.ts'
import {
  type SiteRequest,
  sendError,
  sendPlan,
  sendSiteAsset,
  sendUnavailable,
  siteRequest,
} from './site-response.ts'

const PATH_OPTIONS = { windows: process.platform === 'win32' }

/**
 * Responds to a request for a site: by its rules, or with what the path leads to below its root.
 */
export function respondStatic(exchange: Exchange, context: ServerContext): void | Promise<void> {
  const { head } = exchange
  const { config, sites } = context
  const site = sites.of(head)
  if (site === undefined) return exchange.send(planError(StatusCode.MisdirectedRequest, '', head))
  const target = parseTargetPath(head.path, PATH_OPTIONS)
  const request = siteRequest(exchange, site, target.ok ? target.path : '', context)
  if (!READ_METHODS.includes(head.method)) {
    const preflight = planPreflight(config.cors, head, READ_METHODS)
    return sendPlan(
      exchange,
      request,
      preflight ?? planUnsupportedMethod(head.method, READ_METHODS),
    )
  }
  if (!target.ok) return sendPlan(exchange, request, planError(target.status, target.reason, head))
  const redirect = redirectOf(site.rules, target.path, head.query)
  if (redirect !== undefined)
    return sendPlan(exchange, request, planRedirect(redirect.status, redirect.location))
  return site.root.run(respond(exchange, request, target, context))
}

/** Responds with what a path leads to. */
function* respond(
  exchange: Exchange,
  request: SiteRequest,
  target: SitePath & { readonly path: string },
  context: ServerContext,
): FileOperation<void> {
  const { config } = context
  const { lookedAtMs } = request.site.root
  try {
    const resolved = yield* resolve(exchange, request.site, target, config)
    switch (resolved.kind) {
      case 'asset': {
        const cacheableFromMs = isSameForAll(config) ? lookedAtMs : undefined
        return yield* sendSiteAsset(exchange, request, resolved, context, cacheableFromMs)
      }
      case 'single':
        return yield* sendSiteAsset(exchange, request, resolved.page, context)
      case 'redirect':
        return sendPlan(
          exchange,
          request,
          planCanonicalRedirect(resolved.path, exchange.head.query),
        )
      case 'listing':
        return yield* sendListing(exchange, request, resolved.path, context)
      default:
        return yield* sendUnavailable(exchange, request, resolved, context)
    }
  } catch (error) {
    // The client gets the site's error page, unless a response has begun; the dispatcher logs.
    if (exchange.status === 0)
      yield* sendError(exchange, request, StatusCode.InternalServerError, context)
    throw error
  }
}

/** What a path leads to on this site, its rules considered. */
type SiteResource =
  | Exclude<ResolvedPath, { kind: 'folder' }>
  | { readonly kind: 'single'; readonly page: FoundAsset }
  | { readonly kind: 'listing'; readonly path: SitePath }

/** Whether the fields of a file are the same for all clients: not if single origins are allowed. */
function isSameForAll({ cors }: Config): boolean {
  return cors === undefined || cors.includes('*')
}

/**
 * Resolves a path: by a rewrite rule, in the file system, and last in a single-page application.
 */
function* resolve(
  { head }: Exchange,
  { root, rules }: Site,
  target: SitePath & { readonly path: string },
  config: Config,
): FileOperation<SiteResource> {
  const rewritten = rewriteOf(rules, target.path)
  const path = rewritten === undefined ? target : sitePathOf(rewritten)
  let found = yield* resolvePath(root, path, config)
  // A rewritten path is not the client's: it cannot be redirected from.
  if (found.kind === 'redirect' && rewritten !== undefined)
    found = yield* resolvePath(root, found.path, config)
  if (found.kind === 'folder' && config.list) return { kind: 'listing', path }
  if (found.kind !== 'folder' && found.kind !== 'missing') return found
  const single = isNavigation(head, target.path) ? singleOf(rules, target.path) : undefined
  if (single === undefined) return { kind: 'missing' }
  const page = yield* findDerivedFile(root, sitePathOf(single).segments)
  if (page.kind === 'asset') return { kind: 'single', page }
  return page.kind === 'folder' ? { kind: 'missing' } : page
}

function sitePathOf(path: string): SitePath {
  const segments = path.split('/').filter(segment => segment !== '')
  return { segments, isFolder: path.endsWith('/') }
}

function planRedirect(
  status: StatusCode,
  location: string,
  more: readonly FieldLine[] = [],
): ResponsePlan {
  return planText(status, '', [['Location', location], ...more])
}

/** RFC 9110 §15.4.9. Not cached: the site may change, and a browser would keep a 308 for ever. */
function planCanonicalRedirect({ segments, isFolder }: SitePath, query: string): ResponsePlan {
  const location = encodePath(segments, isFolder) + (query === '' ? '' : `?${query}`)
  return planRedirect(StatusCode.PermanentRedirect, location, [['Cache-Control', 'no-cache']])
}

function* sendListing(
  exchange: Exchange,
  request: SiteRequest,
  { segments }: SitePath,
  context: ServerContext,
): FileOperation<void> {
  const listed = yield* wait(listFolder(request.site.root, segments))
  if (listed.kind !== 'listed') return yield* sendUnavailable(exchange, request, listed, context)
  const { entries, isCapped } = listed
  const path = ['', ...segments, ''].join('/')
  sendPlan(exchange, request, planListing(exchange.head, { path, entries, isCapped }))
}
