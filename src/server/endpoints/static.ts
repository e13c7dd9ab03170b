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
import { listFolder } from '../files/list-folder.ts'
import {
  type FoundAsset,
  findFile,
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
export async function respondStatic(exchange: Exchange, context: ServerContext): Promise<void> {
  const { head } = exchange
  const { config, sites } = context
  const startMs = context.clock.monotonicMs()
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
  try {
    const resolved = await resolve(exchange, site, target, config)
    switch (resolved.kind) {
      case 'asset': {
        const cacheableFromMs = isSameForAll(config) ? startMs : undefined
        return await sendSiteAsset(exchange, request, resolved, context, cacheableFromMs)
      }
      case 'single':
        return await sendSiteAsset(exchange, request, resolved.page, context)
      case 'redirect':
        return sendPlan(exchange, request, planCanonicalRedirect(resolved.path, head.query))
      case 'listing':
        return await sendListing(exchange, request, resolved.path, context)
      default:
        return await sendUnavailable(exchange, request, resolved, context)
    }
  } catch (error) {
    // The client gets the site's error page, unless a response has begun; the dispatcher logs.
    if (exchange.status === 0)
      await sendError(exchange, request, StatusCode.InternalServerError, context)
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
async function resolve(
  { head }: Exchange,
  { root, rules }: Site,
  target: SitePath & { readonly path: string },
  config: Config,
): Promise<SiteResource> {
  const rewritten = rewriteOf(rules, target.path)
  const path = rewritten === undefined ? target : sitePathOf(rewritten)
  let found = await resolvePath(root, path, config)
  // A rewritten path is not the client's: it cannot be redirected from.
  if (found.kind === 'redirect' && rewritten !== undefined)
    found = await resolvePath(root, found.path, config)
  if (found.kind === 'folder' && config.list) return { kind: 'listing', path }
  if (found.kind !== 'folder' && found.kind !== 'missing') return found
  const single = isNavigation(head, target.path) ? singleOf(rules, target.path) : undefined
  if (single === undefined) return { kind: 'missing' }
  const page = await findFile(root, sitePathOf(single).segments)
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

async function sendListing(
  exchange: Exchange,
  request: SiteRequest,
  { segments }: SitePath,
  context: ServerContext,
): Promise<void> {
  const listed = await listFolder(request.site.root, segments)
  if (listed.kind !== 'listed') return sendUnavailable(exchange, request, listed, context)
  const { entries, isCapped } = listed
  const path = ['', ...segments, ''].join('/')
  sendPlan(exchange, request, planListing(exchange.head, { path, entries, isCapped }))
}
