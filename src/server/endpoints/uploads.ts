import { planPreflight } from '../../response/cross-origin.ts'
import { type FieldLine, parseTargetPath, StatusCode } from '../../response/index.ts'
import { mediaTypeOf } from '../../response/media-type.ts'
import { planCanonicalRedirect } from '../../response/redirect.ts'
import { planText, planUnsupportedMethod, READ_METHODS } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import { findFile } from '../files/resolve-path.ts'
import { MISSING } from '../files/unavailable.ts'
import type { ServerContext } from '../server-context.ts'
import { receiveUpload } from './receive-upload.ts'
import {
  PATH_OPTIONS,
  type SiteRequest,
  sendSiteAsset,
  sendUnavailable,
  siteRequest,
} from './site-response.ts'
import { foreignUploadReason } from './upload-origin.ts'

export const UPLOADS_PREFIX = '/files/'

const METHODS = [...READ_METHODS, 'POST', 'PUT']

/** Types that a browser runs scripts of. */
const ACTIVE_TYPES =
  /^(?:text\/html|image\/svg\+xml|application\/xhtml\+xml|(?:text|application)\/xml)/
/** Scripts of an uploaded file do not run, or run without the rights of the site. */
const SANDBOX: FieldLine = ['Content-Security-Policy', 'sandbox']

/**
 * `/files/{path}`: GET and HEAD send the file at this path below the root, POST and PUT store one.
 */
export async function respondUploads(exchange: Exchange, server: ServerContext): Promise<void> {
  const { head } = exchange
  const site = server.sites.of(head)
  if (site === undefined) return exchange.send(planText(StatusCode.MisdirectedRequest))
  // The settings of uploads are those of the site.
  const { config } = site
  const context = { ...server, config }
  const isRead = READ_METHODS.includes(head.method)
  // A new name is UTF-8.
  const options = isRead ? PATH_OPTIONS : { ...PATH_OPTIONS, bytes: false }
  const target = parseTargetPath(head.path.slice(UPLOADS_PREFIX.length - 1), options)
  const path = target.ok ? `/files${target.path}` : ''
  const cors = isRead ? config.cors : (config.uploadOrigins ?? config.cors)
  const request = siteRequest(exchange, site, path, { ...config, cors })
  if (!METHODS.includes(head.method)) {
    const preflight = planPreflight(cors, head, METHODS)
    return exchange.send(preflight ?? planUnsupportedMethod(head.method, METHODS))
  }
  if (!target.ok) {
    const isMoved = target.status === StatusCode.MovedPermanently
    const plan =
      isMoved && isRead
        ? planCanonicalRedirect(UPLOADS_PREFIX.slice(0, -1) + target.location, head.query)
        : planText(isMoved ? StatusCode.BadRequest : target.status, target.reason)
    return exchange.send(plan)
  }
  if (!isRead) {
    const foreign = foreignUploadReason(exchange, config)
    const plan =
      foreign === undefined
        ? await receiveUpload(exchange, site.root, target, context)
        : planText(StatusCode.Forbidden, foreign)
    return exchange.send(plan)
  }
  const found = target.isFolder
    ? MISSING
    : await site.root.run(findFile(site.root, target.segments))
  if (found.kind === 'asset') {
    const options = ACTIVE_TYPES.test(mediaTypeOf(found.name)) ? sandboxed(request) : request
    return site.root.run(sendSiteAsset(exchange, options, found, context))
  }
  const unavailable = found.kind === 'folder' ? MISSING : found
  return site.root.run(sendUnavailable(exchange, request, unavailable, context))
}

function sandboxed(request: SiteRequest): SiteRequest {
  const { headers } = request
  return { ...request, headers: { ...headers, always: [...headers.always, SANDBOX] } }
}
