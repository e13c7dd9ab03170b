import { LISTING_CSP, renderListing } from '../../response/directory-listing.ts'
import { encodePath, type Field, parseTargetPath, plan, StatusCode } from '../../response/index.ts'
import { planText, type ResponsePlan } from '../../response/response-plan.ts'
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

/** What a handler wants different about the answer with a file. */
export type Overrides = { readonly status?: StatusCode | undefined; readonly fields: readonly Field[] }

/** Answers with a file, or says why there is none. */
export async function answerOpened(
  exchange: Exchange,
  opened: Opened,
  name: string,
  parts: EndpointParts,
  overrides?: Overrides,
): Promise<void> {
  if (opened.kind !== 'file') return exchange.send(planUnopened(opened))
  try {
    await answerFile(exchange, opened, name, parts, overrides)
  } finally {
    await parts.disk.close(opened.fd)
  }
}

/** How to answer where no file is opened. */
export function planUnopened({ kind }: Opened): ResponsePlan {
  if (kind === 'forbidden') return planText(StatusCode.Forbidden)
  if (kind === 'busy') return planText(StatusCode.ServiceUnavailable, '', [['Retry-After', '2']])
  return planText(StatusCode.NotFound)
}

async function answerFile(
  exchange: Exchange,
  { fd, status: file }: Extract<Opened, { kind: 'file' }>,
  name: string,
  { clock, coder, disk, buffers }: EndpointParts,
  overrides?: Overrides,
): Promise<void> {
  const { head } = exchange
  // A handler may answer any method with a file, and says so as to a GET.
  const asked = {
    method: head.method === 'HEAD' ? 'HEAD' : 'GET',
    field: (field: string) => head.field(field),
  }
  const planned = plan(asked, { name, size: file.size, mtimeNs: file.mtimeNs }, clock.wallMs())
  const fields = overrides === undefined ? planned.fields : merge(planned.fields, overrides.fields)
  if (planned.body !== 'asset') return exchange.send({ ...planned, fields })
  const status = overrides?.status ?? planned.status
  if (planned.coding === 'identity') {
    exchange.begin(status, fields, file.size)
    return sendFile(exchange, fd, file.size, disk, buffers)
  }
  const content = await coder.compress(await readWhole(fd, file.size, disk), planned.coding)
  exchange.answer(status, fields, content)
}

/** Fields, those of the second list in the place of those of their name in the first. */
function merge(planned: readonly Field[], over: readonly Field[]): Field[] {
  const names = new Set(over.map(([name]) => name.toLowerCase()))
  return [...planned.filter(([name]) => !names.has(name.toLowerCase())), ...over]
}

async function answerListing(
  exchange: Exchange,
  segments: readonly string[],
  path: string,
  { root, disk }: EndpointParts,
): Promise<void> {
  const entries = await listFolder(root, segments, disk)
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
