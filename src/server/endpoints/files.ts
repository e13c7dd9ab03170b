import { encodePath, parseTargetPath, StatusCode } from '../../response/index.ts'
import { planEmpty, planText } from '../../response/response-plan.ts'
import { storeFile } from '../assets/store-file.ts'
import { ContentReader } from '../content-reader.ts'
import type { Exchange } from '../exchange.ts'
import type { EndpointParts } from './parts.ts'
import { answerStatic, planUnopened } from './static.ts'

export const FILES_PREFIX = '/files/'

const STATUS_OF_ERROR: Readonly<Record<string, StatusCode>> = {
  ENOSPC: StatusCode.InsufficientStorage,
  EDQUOT: StatusCode.InsufficientStorage,
  EACCES: StatusCode.Forbidden,
  EPERM: StatusCode.Forbidden,
  EROFS: StatusCode.Forbidden,
  EISDIR: StatusCode.Conflict,
  ENAMETOOLONG: StatusCode.NotFound,
  EMFILE: StatusCode.ServiceUnavailable,
  ENFILE: StatusCode.ServiceUnavailable,
}

/** `/files/{name}`: GET and HEAD send the file of this name below the root, POST stores the content under it. */
export async function answerFiles(exchange: Exchange, parts: EndpointParts): Promise<void> {
  const { method, path } = exchange.head
  const rawPath = path.slice(FILES_PREFIX.length - 1)
  if (method === 'POST') await receiveFile(exchange, rawPath, parts)
  else await answerStatic(exchange, rawPath, parts)
}

async function receiveFile(exchange: Exchange, rawPath: string, parts: EndpointParts): Promise<void> {
  const target = parseTargetPath(rawPath, { windows: process.platform === 'win32' })
  if (!target.ok) return exchange.send(planText(target.status, target.reason))
  const name = target.segments.at(-1)
  if (name === undefined || target.isFolder)
    return exchange.send(planText(StatusCode.BadRequest, 'The path does not end in the name of a file.'))
  // Asked to, the client will send it all: what is too long is refused before it does.
  if (exchange.contentLength > parts.config.uploadBytesMax) return exchange.fail(StatusCode.ContentTooLarge)
  const folder = await parts.root.open(target.segments.slice(0, -1))
  if (folder.kind === 'file') await parts.disk.close(folder.fd)
  if (folder.kind !== 'folder') return exchange.send(planUnopened(folder))
  try {
    const content = new ContentReader(exchange, parts.config.uploadBytesMax)
    const stored = await storeFile(content, folder.path, name, parts.disk)
    if (stored === 'replaced') exchange.send(planEmpty(StatusCode.NoContent, []))
    else
      exchange.send(
        planText(StatusCode.Created, '', [['Location', encodePath(['files', ...target.segments])]]),
      )
  } catch (error) {
    const status = STATUS_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
    if (status === undefined) throw error
    exchange.fail(status)
  }
}
