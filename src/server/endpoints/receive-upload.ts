import { type FieldLine, type ResponsePlan, StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { SitePath } from '../files/resolve-path.ts'
import { statusForUnavailable } from '../files/send-asset.ts'
import type { SiteRoot } from '../files/site-root.ts'
import { MISSING } from '../files/unavailable.ts'
import type { ServerContext } from '../server-context.ts'
import { storeFile, storeForm } from './store-upload.ts'
import { planUnfit } from './upload-checks.ts'
import { isForm } from './upload-form.ts'

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

/** Stores the content, or plans why not: as far as possible before the content is asked for. */
export async function receiveUpload(
  exchange: Exchange,
  root: SiteRoot,
  target: SitePath,
  context: ServerContext,
): Promise<ResponsePlan> {
  const { config, fileSystem, uploads } = context
  const name = target.isFolder ? undefined : target.segments.at(-1)
  const formType = exchange.head.field('content-type')
  if (name === undefined && !isForm(formType))
    return planText(StatusCode.BadRequest, 'The path does not end in the name of a file.')
  const unfit = planUnfit(exchange.head)
  if (unfit !== undefined) return unfit
  // Refused before a client that awaits 100 Continue sends it all.
  if (exchange.contentLength > config.uploadBytesMax) return planText(StatusCode.ContentTooLarge)
  if (!uploads.enter()) return planText(StatusCode.ServiceUnavailable, '', [RETRY_LATER])
  const segments = name === undefined ? target.segments : target.segments.slice(0, -1)
  try {
    // The folder may be new.
    root.forget(segments)
    const opened = await root.run(root.open(segments))
    if (opened.kind === 'file') await fileSystem.close(opened.fd)
    // RFC 9110 §15.5.5: 404 if there is no such folder. With the 409 of RFC 4918 §9.7.1, a WebDAV
    // client would create the folder first, for which there is no method here; and a 409 would
    // reveal whether a folder is missing or not served.
    if (opened.kind !== 'folder') {
      const { status, fields } = statusForUnavailable(opened.kind === 'file' ? MISSING : opened)
      return planText(status, '', fields)
    }
    const { fd, path: realPath } = opened
    const folder = { root, segments, realPath, path: fileSystem.descriptorPath(fd, realPath) }
    try {
      return isForm(formType)
        ? await storeForm(exchange, folder, name, formType!, context)
        : await storeFile(exchange, folder, name!, context)
    } finally {
      await fileSystem.close(fd)
    }
  } catch (error) {
    const status = STATUS_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
    if (status === undefined) throw error
    return planText(status, '', status === StatusCode.ServiceUnavailable ? [RETRY_LATER] : [])
  } finally {
    uploads.leave()
  }
}
