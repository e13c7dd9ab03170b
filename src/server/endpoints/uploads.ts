import { sep } from 'node:path'
import {
  encodePath,
  type FieldLine,
  parseTargetPath,
  type ResponsePlan,
  StatusCode,
} from '../../response/index.ts'
import { planEmpty, planText } from '../../response/response-plan.ts'
import type { Config } from '../config/config.ts'
import type { Exchange } from '../connection/exchange.ts'
import { RequestBody } from '../connection/request-body.ts'
import { findFile, type SitePath } from '../files/resolve-path.ts'
import { statusForUnavailable } from '../files/send-asset.ts'
import type { SiteRoot } from '../files/site-root.ts'
import { MISSING } from '../files/unavailable.ts'
import { type UploadConflict, writeUpload } from '../files/write-upload.ts'
import type { ServerContext } from '../server-context.ts'
import {
  PATH_OPTIONS,
  sendPlan,
  sendSiteAsset,
  sendUnavailable,
  siteRequest,
} from './site-response.ts'

export const UPLOADS_PREFIX = '/files/'

const RETRY_LATER: FieldLine = ['Retry-After', '2']

/** The status for an error of the file system. Any other error is a 500. */
const STATUS_OF_ERROR: Readonly<Record<string, StatusCode>> = {
  // RFC 4918 §11.5.
  ENOSPC: StatusCode.InsufficientStorage,
  EDQUOT: StatusCode.InsufficientStorage,
  // Larger than the file system allows.
  EFBIG: StatusCode.ContentTooLarge,
  EACCES: StatusCode.Forbidden,
  EPERM: StatusCode.Forbidden,
  EROFS: StatusCode.Forbidden,
  // The name is that of something that no file replaces: a folder, a mounted file.
  EISDIR: StatusCode.Conflict,
  EBUSY: StatusCode.Conflict,
  // The folder was removed meanwhile, or the name is longer than its file system allows.
  ENOENT: StatusCode.NotFound,
  ENOTDIR: StatusCode.NotFound,
  ENAMETOOLONG: StatusCode.NotFound,
  EMFILE: StatusCode.ServiceUnavailable,
  ENFILE: StatusCode.ServiceUnavailable,
}

/**
 * `/files/{path}`: GET and HEAD send the file at this path below the root, POST and PUT store one.
 */
export async function respondUploads(exchange: Exchange, context: ServerContext): Promise<void> {
  const { head } = exchange
  const site = context.sites.of(head)
  if (site === undefined) return exchange.send(planText(StatusCode.MisdirectedRequest))
  const target = parseTargetPath(head.path.slice(UPLOADS_PREFIX.length - 1), PATH_OPTIONS)
  const request = siteRequest(exchange, site, target.ok ? `/files${target.path}` : '', context)
  if (!target.ok) return sendPlan(exchange, request, planText(target.status, target.reason))
  if (head.method === 'POST' || head.method === 'PUT')
    return sendPlan(exchange, request, await receive(exchange, site.root, target, context))
  const found = target.isFolder
    ? MISSING
    : await site.root.run(findFile(site.root, target.segments))
  if (found.kind === 'asset') return site.root.run(sendSiteAsset(exchange, request, found, context))
  const unavailable = found.kind === 'folder' ? MISSING : found
  return site.root.run(sendUnavailable(exchange, request, unavailable, context))
}

/** Stores the content, or plans why not: as far as possible before the content is asked for. */
async function receive(
  exchange: Exchange,
  root: SiteRoot,
  target: SitePath,
  context: ServerContext,
): Promise<ResponsePlan> {
  const { config, fileSystem } = context
  const name = target.segments.at(-1)
  if (name === undefined || target.isFolder)
    return planText(StatusCode.BadRequest, 'The path does not end in the name of a file.')
  const unfit = planUnfit(exchange)
  if (unfit !== undefined) return unfit
  // Refused before a client that awaits 100 Continue sends it all.
  if (exchange.contentLength > config.uploadBytesMax) return planText(StatusCode.ContentTooLarge)

  const parents = target.segments.slice(0, -1)
  // The folder may be new.
  root.forget(parents)
  const folder = await root.run(root.open(parents))
  if (folder.kind === 'file') await fileSystem.close(folder.fd)
  // RFC 9110 §15.5.5: 404 if there is no such folder. With the 409 of RFC 4918 §9.7.1, a WebDAV
  // client would create the folder first, for which there is no method here; and a 409 would reveal
  // whether a folder is missing or not served.
  if (folder.kind !== 'folder') {
    const { status, fields } = statusForUnavailable(folder.kind === 'file' ? MISSING : folder)
    return planText(status, '', fields)
  }
  try {
    const plan = await storeIn(folder.path, name, parents, exchange, context)
    // What this process writes is seen at once.
    root.forget(target.segments)
    context.responseCache?.expire()
    return plan
  } catch (error) {
    const status = STATUS_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
    if (status === undefined) throw error
    return planText(status, '', status === StatusCode.ServiceUnavailable ? [RETRY_LATER] : [])
  }
}

async function storeIn(
  folder: string,
  name: string,
  parents: readonly string[],
  exchange: Exchange,
  { config, fileSystem }: ServerContext,
): Promise<ResponsePlan> {
  const conflict = conflictPolicy(exchange, config)
  const refused = planText(conflict.refusal, 'There is a file of this name.')
  const present = await fileSystem.stat(folder + sep + name).catch(() => undefined)
  // `.well-known` is the only name with a dot that is not refused earlier, and it is a folder's.
  if (name.startsWith('.') || (present !== undefined && present.kind !== 'file'))
    return planText(StatusCode.Conflict, 'The name is not that of a file.')
  if (present !== undefined && conflict.rule === 'refuse') return refused
  const content = new RequestBody(exchange, config.uploadBytesMax)
  const written = await writeUpload(content, folder, name, conflict.rule, fileSystem)
  switch (written.kind) {
    case 'created': {
      // RFC 9110 §15.3.2. With "rename" also for a PUT, for which §9.3.4 would want a redirect: the
      // operator who sets it wants every upload kept.
      const location = encodePath(['files', ...parents, written.name])
      return planText(StatusCode.Created, '', [['Location', location]])
    }
    case 'replaced':
      return planEmpty(StatusCode.NoContent, [])
    case 'refused':
      return refused
  }
}

/** What to do if the name is taken, and the status of a refusal. */
type ConflictPolicy = { readonly rule: UploadConflict; readonly refusal: StatusCode }

function conflictPolicy({ head }: Exchange, { uploadConflict }: Config): ConflictPolicy {
  // RFC 9110 §13.1.2: with `*`, the client only wants to create. Other entity-tags are ignored.
  // §13.2.1: a request that fails without the condition fails with that status.
  if (head.field('if-none-match') === '*' && uploadConflict !== 'refuse')
    return { rule: 'refuse', refusal: StatusCode.PreconditionFailed }
  return { rule: uploadConflict, refusal: StatusCode.Conflict }
}

function planUnfit({ head }: Exchange): ResponsePlan | undefined {
  // RFC 9110 §14.5, for a PUT; a POST would store a part as the whole, too.
  if (head.field('content-range') !== undefined)
    return planText(StatusCode.BadRequest, 'A part of a file cannot be stored.')
  // RFC 9110 §8.4: a stored file has no note of its coding, so it would be sent without one.
  // §12.5.3: a 415 names the codings that are accepted.
  const coding = head.field('content-encoding') ?? ''
  if (coding !== '' && coding.toLowerCase() !== 'identity')
    return planText(
      StatusCode.UnsupportedMediaType,
      'Files are stored as they are, without a content coding.',
      [['Accept-Encoding', 'identity']],
    )
  return undefined
}
