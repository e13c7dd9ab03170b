import { randomBytes } from 'node:crypto'
import { planError } from '../../response/error-page.ts'
import { type FieldLine, StatusCode } from '../../response/index.ts'
import { READ_METHODS } from '../../response/methods.ts'
import type { ResponsePlan } from '../../response/response-plan.ts'
import { plan } from '../../response/static-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { EndpointParts } from '../endpoints/parts.ts'
import { cacheResponse } from '../response-cache/cache-response.ts'
import type { CacheableResponse } from '../response-cache/response-cache.ts'
import type { StoredAsset } from './asset-store.ts'
import { type FoundAsset, findFile } from './resolve-path.ts'
import { type SendResult, sendBody } from './send-body.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** A file that is replaced while it is being answered with is looked at again so often. */
const ATTEMPTS_MAX = 3

/** What makes the answer with a file that of its site, or of a handler. */
export type FileResponseOptions = {
  /** In place of 200. */
  readonly status?: StatusCode | undefined
  readonly cacheControl: string
  /** While it is the answer to all who ask the same; undefined: it is for nobody else. */
  readonly fresh?: Pick<CacheableResponse, 'freshFromMs' | 'freshUntilMs'> | undefined
  fields(plan: Pick<ResponsePlan, 'status' | 'fields'>): readonly FieldLine[]
}

/** Answers with a file. Resolves to why there is none any more, and then nothing was sent. */
export async function sendAsset(
  exchange: Exchange,
  root: SiteRoot,
  found: FoundAsset,
  parts: EndpointParts,
  dress: FileResponseOptions,
): Promise<Unavailable | undefined> {
  const accepted = exchange.head.field('accept-encoding')
  let current = found
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const stored = await parts.assets.describe(root, current, accepted)
    if (stored.kind !== 'stored') return stored
    const sending = await sendStored(exchange, root, stored, parts, dress)
    if (sending.kind === 'sent') return undefined
    if (sending.kind !== 'changed') return sending
    const again = await findFile(root, current.segments)
    if (again.kind !== 'asset') return again.kind === 'folder' ? { kind: 'missing' } : again
    current = again
  }
  return { kind: 'busy' }
}

/** Answers with a file as it was described. */
async function sendStored(
  exchange: Exchange,
  root: SiteRoot,
  stored: StoredAsset,
  parts: EndpointParts,
  dress: FileResponseOptions,
): Promise<SendResult> {
  const head = askedFor(exchange, dress)
  const context = { nowMs: parts.clock.wallMs(), boundary: boundaryFor(head) }
  for (;;) {
    const planned = plan(head, stored.asset(dress.cacheControl), context)
    if (planned.kind === 'make') {
      // The file is another by now, or too much waits: either may be over when it is looked at again.
      if (!(await stored.make(planned.coding))) return { kind: 'changed' }
      continue
    }
    if (parts.responseCache !== undefined)
      cacheResponse(exchange.head, stored, dress, context, parts.responseCache)
    // Nobody waits for it; if it fails, it is wanted again.
    if (planned.wanted !== undefined) stored.compressInBackground(planned.wanted).catch(() => {})
    const { body } = planned.plan
    const fields = dress.fields(planned.plan)
    if (body === 'none' || body instanceof Uint8Array) {
      exchange.send({ ...planned.plan, fields })
      return { kind: 'sent' }
    }
    const isWhole = planned.plan.status === StatusCode.Ok
    const status = (isWhole ? dress.status : undefined) ?? planned.plan.status
    const sending = await sendBody(
      exchange,
      { status, fields, body },
      stored.sourceOf(body.coding),
      root,
      parts,
    )
    if (sending.kind === 'sent' || sending.kind === 'changed') return sending
    // A coded file that may not be read is left out: there is the file itself.
    if (body.coding === 'identity' || !stored.dropRepresentation(body.coding)) return sending
  }
}

/** What a body's parts are set off with must not be in them. Who could upload a file would know one that stays the same. */
function boundaryFor(head: { field(name: string): string | undefined }): string {
  return head.field('range') === undefined ? '' : randomBytes(16).toString('hex')
}

/** Answers with the file of exactly this name, or says why there is none. */
export async function sendFile(
  exchange: Exchange,
  root: SiteRoot,
  segments: readonly string[],
  parts: EndpointParts,
  dress: FileResponseOptions,
): Promise<void> {
  const found = await findFile(root, segments)
  const absent =
    found.kind === 'asset' ? await sendAsset(exchange, root, found, parts, dress) : found
  if (absent === undefined) return
  const { status, fields } = statusForUnavailable(absent)
  const plan = planError(status, '', exchange.head)
  exchange.send({ ...plan, fields: [...plan.fields, ...fields] })
}

/** How to answer where there is nothing: as if a folder were no file. */
export function statusForUnavailable({ kind }: Unavailable | { readonly kind: 'folder' }): {
  readonly status: StatusCode
  readonly fields: readonly FieldLine[]
} {
  if (kind === 'forbidden') return { status: StatusCode.Forbidden, fields: [] }
  if (kind === 'busy')
    return { status: StatusCode.ServiceUnavailable, fields: [['Retry-After', '2']] }
  return { status: StatusCode.NotFound, fields: [] }
}

/**
 * How a file is asked for. A handler may answer any method with a file, or with any status: conditions and ranges are about the file
 * only where it is what a GET or HEAD is answered with (RFC 9110 §13.2.1, §14.2).
 */
function askedFor(
  { head }: Exchange,
  { status }: FileResponseOptions,
): { readonly method: string; field(name: string): string | undefined } {
  const isTheFile =
    READ_METHODS.includes(head.method) && (status ?? StatusCode.Ok) === StatusCode.Ok
  return {
    method: head.method === 'HEAD' ? 'HEAD' : 'GET',
    field: name => (isTheFile || name === 'accept-encoding' ? head.field(name) : undefined),
  }
}
