import { LISTING_CSP, renderListing } from '../../response/directory-listing.ts'
import { encodePath, type Field, parseTargetPath, plan, StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import { listFolder } from '../assets/list-folder.ts'
import type { Opened } from '../assets/site-root.ts'
import type { Exchange } from '../exchange.ts'
import { readWhole, sendFile } from '../send-file.ts'
import type { EndpointParts } from './parts.ts'

const INDEX = 'index.html'

/** Answers with what a raw path leads to below the root; a folder is its index.html, or with `list` a listing. */
export async function answerStatic(exchange: Exchange, rawPath: string, parts: EndpointParts): Promise<void> {
  const target = parseTargetPath(rawPath, { windows: process.platform === 'win32' })
  if (!target.ok) return exchange.send(planText(target.status, target.reason))
  const { segments, isFolder } = target
  const opened = await parts.root.open(segments)
  if (opened.kind !== 'folder') {
    // A file's name with a slash behind it is not the file's.
    if (opened.kind === 'file' && isFolder) {
      await parts.disk.close(opened.fd)
      return exchange.send(planText(StatusCode.NotFound))
    }
    return answerOpened(exchange, opened, segments.at(-1) ?? '', parts)
  }
  if (!isFolder) {
    const { query } = exchange.head
    const location = encodePath(segments, true) + (query === '' ? '' : `?${query}`)
    return exchange.send(planText(StatusCode.PermanentRedirect, '', [['Location', location]]))
  }
  const index = await parts.root.open([...segments, INDEX])
  if (index.kind === 'missing' && parts.config.list)
    return answerListing(exchange, segments, target.path, parts)
  return answerOpened(exchange, index, INDEX, parts)
}

/** Answers with a file, with more fields than its own maybe, or says why there is none. */
export async function answerOpened(
  exchange: Exchange,
  opened: Opened,
  name: string,
  parts: EndpointParts,
  more: readonly Field[] = [],
): Promise<void> {
  switch (opened.kind) {
    case 'file':
      try {
        return await answerFile(exchange, opened, name, parts, more)
      } finally {
        await parts.disk.close(opened.fd)
      }
    case 'forbidden':
      return exchange.send(planText(StatusCode.Forbidden))
    case 'busy':
      return exchange.send(planText(StatusCode.ServiceUnavailable, '', [['Retry-After', '2']]))
    case 'folder':
    case 'missing':
      return exchange.send(planText(StatusCode.NotFound))
  }
}

async function answerFile(
  exchange: Exchange,
  { fd, status }: Extract<Opened, { kind: 'file' }>,
  name: string,
  { clock, coder, disk, buffers }: EndpointParts,
  more: readonly Field[],
): Promise<void> {
  const planned = plan(exchange.head, { name, size: status.size, mtimeNs: status.mtimeNs }, clock.wallMs())
  const fields = [...planned.fields, ...more]
  if (planned.body !== 'asset') return exchange.send({ ...planned, fields })
  if (planned.coding === 'identity') {
    exchange.begin(planned.status, fields, status.size)
    return sendFile(exchange, fd, status.size, disk, buffers)
  }
  const content = await coder.compress(await readWhole(fd, status.size, disk), planned.coding)
  exchange.answer(planned.status, fields, content)
}

async function answerListing(
  exchange: Exchange,
  segments: readonly string[],
  path: string,
  { root, disk }: EndpointParts,
): Promise<void> {
  const entries = await listFolder(root.pathOf(segments), segments.length, disk)
  exchange.answer(
    StatusCode.Ok,
    [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Content-Security-Policy', LISTING_CSP],
      ['Cache-Control', 'no-cache'],
    ],
    new TextEncoder().encode(renderListing({ path, entries })),
  )
}
