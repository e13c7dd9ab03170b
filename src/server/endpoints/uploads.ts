import { sep } from 'node:path'
import {
  encodePath,
  type FieldLine,
  parseTargetPath,
  type ResponsePlan,
  StatusCode,
} from '../../response/index.ts'
import { planEmpty, planText } from '../../response/response-plan.ts'
import type { Config } from '../config/settings.ts'
import type { Exchange } from '../connection/exchange.ts'
import { ContentReader } from '../connection/request-body.ts'
import { findFile, type SitePath } from '../files/resolve-path.ts'
import { statusForUnavailable } from '../files/send-asset.ts'
import type { SiteRoot } from '../files/site-root.ts'
import { type UploadConflict, writeUpload } from '../files/write-upload.ts'
import type { EndpointParts } from './parts.ts'
import { SiteAnswer } from './site-answer.ts'

export const FILES_PREFIX = '/files/'

const MISSING = { kind: 'missing' } as const
const RETRY_LATER: FieldLine = ['Retry-After', '2']

/** What the disk says, and how it is told. What is not here is a 500. */
const STATUS_OF_ERROR: Readonly<Record<string, StatusCode>> = {
  // RFC 4918 §11.5.
  ENOSPC: StatusCode.InsufficientStorage,
  EDQUOT: StatusCode.InsufficientStorage,
  // Larger than a file may be there.
  EFBIG: StatusCode.ContentTooLarge,
  EACCES: StatusCode.Forbidden,
  EPERM: StatusCode.Forbidden,
  EROFS: StatusCode.Forbidden,
  // Something has the name that no file replaces: a folder, a mounted file.
  EISDIR: StatusCode.Conflict,
  EBUSY: StatusCode.Conflict,
  // The folder is gone meanwhile, or the name is longer than its file system takes.
  ENOENT: StatusCode.NotFound,
  ENOTDIR: StatusCode.NotFound,
  ENAMETOOLONG: StatusCode.NotFound,
  EMFILE: StatusCode.ServiceUnavailable,
  ENFILE: StatusCode.ServiceUnavailable,
}

/** `/files/{name}`: GET and HEAD send the file of this name below the root, POST and PUT store the content under it. */
export async function answerFiles(exchange: Exchange, parts: EndpointParts): Promise<void> {
  const { head } = exchange
  const site = parts.sites.of(head)
  if (site === undefined) return exchange.send(planText(StatusCode.MisdirectedRequest))
  const target = parseTargetPath(head.path.slice(FILES_PREFIX.length - 1), {
    windows: process.platform === 'win32',
  })
  const answer = new SiteAnswer(exchange, site, target.ok ? `/files${target.path}` : '', parts)
  if (!target.ok) return answer.send(planText(target.status, target.reason))
  if (head.method === 'POST' || head.method === 'PUT') {
    const plan = await planReceived(exchange, site.root, target, parts)
    return answer.send(plan)
  }
  const found = target.isFolder ? MISSING : await findFile(site.root, target.segments)
  if (found.kind === 'asset') await answer.sendAsset(found)
  else await answer.sendAbsent(found.kind === 'folder' ? MISSING : found)
}

/** Stores the content, or says why not. All that can be told without the content is told before it is asked for. */
async function planReceived(
  exchange: Exchange,
  root: SiteRoot,
  target: SitePath,
  parts: EndpointParts,
): Promise<ResponsePlan> {
  const { config, fileSystem } = parts
  const name = target.segments.at(-1)
  if (name === undefined || target.isFolder)
    return planText(StatusCode.BadRequest, 'The path does not end in the name of a file.')
  const unfit = planUnfit(exchange)
  if (unfit !== undefined) return unfit
  // Asked to, the client will send it all: what is too long is refused before it does.
  if (exchange.contentLength > config.uploadBytesMax) return planText(StatusCode.ContentTooLarge)

  const parents = target.segments.slice(0, -1)
  const folder = await root.open(parents)
  if (folder.kind === 'file') await fileSystem.close(folder.fd)
  // RFC 9110 §15.5.5: 404 where there is no such folder. The 409 of RFC 4918 §9.7.1 has a WebDAV client make it first, for which
  // there is no method here; and a folder that is not there is not told from one that is not served.
  if (folder.kind !== 'folder') {
    const { status, fields } = statusForUnavailable(folder.kind === 'file' ? MISSING : folder)
    return planText(status, '', fields)
  }
  try {
    return await storeIn(folder.path, name, parents, exchange, parts)
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
  { config, fileSystem }: EndpointParts,
): Promise<ResponsePlan> {
  const conflict = conflictOf(exchange, config)
  const refused = planText(conflict.refusal, 'There is a file of this name.')
  const present = await fileSystem.stat(folder + sep + name).catch(() => undefined)
  // `.well-known` is the one name with a dot that comes so far, and is a folder's.
  if (name.startsWith('.') || (present !== undefined && present.kind !== 'file'))
    return planText(StatusCode.Conflict, 'The name is not that of a file.')
  if (present !== undefined && conflict.rule === 'refuse') return refused
  const content = new ContentReader(exchange, config.uploadBytesMax)
  const stored = await writeUpload(content, folder, name, conflict.rule, fileSystem)
  switch (stored.kind) {
    case 'created':
      // RFC 9110 §15.3.2. Under "rename" also for a PUT, which §9.3.4 would have redirected: whoever sets it wants all of it kept.
      return planText(StatusCode.Created, '', [
        ['Location', encodePath(['files', ...parents, stored.name])],
      ])
    case 'replaced':
      return planEmpty(StatusCode.NoContent, [])
    case 'refused':
      return refused
  }
}

/** What is to become of a file whose name is taken, and what is said where it is refused. */
type Resolution = { readonly rule: UploadConflict; readonly refusal: StatusCode }

function conflictOf({ head }: Exchange, { uploadConflict }: Config): Resolution {
  // RFC 9110 §13.1.2: `*` is for those who only create. Entity-tags, of those who replace, are not looked at.
  // §13.2.1: where there would be an error without the condition, that is the answer.
  if (head.field('if-none-match') === '*' && uploadConflict !== 'refuse')
    return { rule: 'refuse', refusal: StatusCode.PreconditionFailed }
  return { rule: uploadConflict, refusal: StatusCode.Conflict }
}

function planUnfit({ head }: Exchange): ResponsePlan | undefined {
  // RFC 9110 §14.5, for a PUT; a part that a POST brings would be taken for the whole as well.
  if (head.field('content-range') !== undefined)
    return planText(StatusCode.BadRequest, 'A part of a file cannot be stored.')
  // RFC 9110 §8.4: a file keeps no note of its coding, so it would be sent as what it is not. §12.5.3: a 415 tells what is taken.
  const coding = head.field('content-encoding') ?? ''
  if (coding !== '' && coding.toLowerCase() !== 'identity')
    return planText(
      StatusCode.UnsupportedMediaType,
      'Files are stored as they are, without a content coding.',
      [['Accept-Encoding', 'identity']],
    )
  return undefined
}
