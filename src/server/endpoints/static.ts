import { planPreflight } from '../../response/cross-origin.ts'
import { planListing } from '../../response/directory-listing.ts'
import { planError } from '../../response/error-page.ts'
import { encodePath, type FieldLine, parseTargetPath, StatusCode } from '../../response/index.ts'
import { planOtherMethod, READ_METHODS } from '../../response/methods.ts'
import { isNavigation } from '../../response/navigation.ts'
import { planText, type ResponsePlan } from '../../response/response-plan.ts'
import { redirectOf, rewriteOf, singleOf } from '../../response/site-rules.ts'
import type { Config } from '../config/settings.ts'
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
import type { EndpointParts } from './parts.ts'
import { SiteAnswer } from './site-answer.ts'

/** How names are read here. */
const NAMES = { windows: process.platform === 'win32' }

/** Answers a request for a site: by its rules, or with what the path leads to below its root. */
export async function answerStatic(exchange: Exchange, parts: EndpointParts): Promise<void> {
  const { head } = exchange
  const site = parts.sites.of(head)
  if (site === undefined) return exchange.send(planError(StatusCode.MisdirectedRequest, '', head))
  const target = parseTargetPath(head.path, NAMES)
  const answer = new SiteAnswer(exchange, site, target.ok ? target.path : '', parts)
  if (!READ_METHODS.includes(head.method)) {
    const preflight = planPreflight(parts.config.cors, head, READ_METHODS)
    return answer.send(preflight ?? planOtherMethod(head.method, READ_METHODS))
  }
  if (!target.ok) return answer.send(planError(target.status, target.reason, head))
  const redirect = redirectOf(site.rules, target.path, head.query)
  if (redirect !== undefined) return answer.send(planRedirect(redirect.status, redirect.location))
  try {
    const found = await find(exchange, site, target, parts)
    if (found.kind === 'asset') await answer.sendAsset(found, isForAll(parts.config))
    else if (found.kind === 'single') await answer.sendAsset(found.page)
    else if (found.kind === 'elsewhere') answer.send(planElsewhere(found.path, head.query))
    else if (found.kind === 'listed') await sendFolder(answer, exchange, site, found.path)
    else await answer.sendAbsent(found)
  } catch (error) {
    // The client is answered in the way of the site, unless its answer has begun; the operator is told by whom it is thrown to.
    if (exchange.status === 0) await answer.sendError(StatusCode.InternalServerError)
    throw error
  }
}

type Resolved =
  | Exclude<ResolvedPath, { kind: 'folder' }>
  | { readonly kind: 'single'; readonly page: FoundAsset }
  | { readonly kind: 'listed'; readonly path: SitePath }

/** Whether a file is answered with the same fields whoever asks: not where origins are let in by name. */
function isForAll({ cors }: Config): boolean {
  return cors === undefined || cors.includes('*')
}

/** What a path leads to: by a rule, in the file system, and last in a single-page application. */
async function find(
  { head }: Exchange,
  { root, rules }: Site,
  target: SitePath & { readonly path: string },
  { config }: EndpointParts,
): Promise<Resolved> {
  const rewritten = rewriteOf(rules, target.path)
  const path = rewritten === undefined ? target : sitePathOf(rewritten)
  let found = await resolvePath(root, path, config)
  // What is rewritten has no address of its own for the client to be sent to.
  if (found.kind === 'elsewhere' && rewritten !== undefined)
    found = await resolvePath(root, found.path, config)
  if (found.kind === 'folder' && config.list) return { kind: 'listed', path }
  if (found.kind !== 'folder' && found.kind !== 'missing') return found
  const single = isNavigation(head, target.path) ? singleOf(rules, target.path) : undefined
  if (single === undefined) return { kind: 'missing' }
  const page = await findFile(root, sitePathOf(single).segments)
  if (page.kind === 'asset') return { kind: 'single', page }
  return page.kind === 'folder' ? { kind: 'missing' } : page
}

function sitePathOf(path: string): SitePath {
  return {
    segments: path.split('/').filter(segment => segment !== ''),
    isFolder: path.endsWith('/'),
  }
}

function planRedirect(
  status: StatusCode,
  location: string,
  more: readonly FieldLine[] = [],
): ResponsePlan {
  return planText(status, '', [['Location', location], ...more])
}

/** RFC 9110 §15.4.9. The site may change, and a browser would keep the answer for ever. */
function planElsewhere({ segments, isFolder }: SitePath, query: string): ResponsePlan {
  const location = encodePath(segments, isFolder) + (query === '' ? '' : `?${query}`)
  return planRedirect(StatusCode.PermanentRedirect, location, [['Cache-Control', 'no-cache']])
}

async function sendFolder(
  answer: SiteAnswer,
  { head }: Exchange,
  { root }: Site,
  { segments }: SitePath,
): Promise<void> {
  const listed = await listFolder(root, segments)
  if (listed.kind !== 'listed') return answer.sendAbsent(listed)
  const { entries, isCapped } = listed
  answer.send(planListing(head, { path: ['', ...segments, ''].join('/'), entries, isCapped }))
}
