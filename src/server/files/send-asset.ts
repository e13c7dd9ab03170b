import { randomBytes } from 'node:crypto'
import type { RequestHead } from '../../parser/index.ts'
import { type FieldLine, StatusCode } from '../../response/index.ts'
import { READ_METHODS, type ResponsePlan } from '../../response/response-plan.ts'
import { type SiteHeaders, withSiteHeaders } from '../../response/site-rules.ts'
import { type CacheablePlans, plan } from '../../response/static-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { CacheOptions } from '../response-cache/cache-entry.ts'
import type { ServerContext } from '../server-context.ts'
import type { ByteSource, StoredAsset } from './asset-store.ts'
import { type FileOperation, wait } from './file-access.ts'
import { type FoundAsset, findFile } from './resolve-path.ts'
import { type SendResult, sendBody } from './send-body.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'

/** A file that is replaced while it is sent is looked up again at most this many times. */
const ATTEMPTS_MAX = 3

const NO_HEADERS: SiteHeaders = { always: [], set: [], unset: [] }

/** What a response with a file has from its site, or from a handler. */
export type FileResponseOptions = {
  readonly root: SiteRoot
  /** Instead of 200. */
  readonly status?: StatusCode | undefined
  readonly cacheControl: string
  /** Instead of the type of the file's name. */
  readonly mediaType?: string | undefined
  /** Field lines of a handler, which replace those of the file. */
  readonly own?: readonly FieldLine[]
  /** Field lines besides those of a file. */
  readonly more?: readonly FieldLine[] | undefined
  /** Undefined if the response may not be cached. */
  readonly cache?: CacheOptions | undefined
}

/**
 * Responds with a file: describes its representations, plans the response, and sends it.
 *
 * @returns why there is no such file any more, and then nothing was sent; undefined if it was sent
 */
export function* sendAsset(
  exchange: Exchange,
  found: FoundAsset,
  options: FileResponseOptions,
  context: ServerContext,
): FileOperation<Unavailable | undefined> {
  const { root, mediaType } = options
  const acceptEncoding = exchange.head.field('accept-encoding')
  let current = found
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const stored = yield* context.assets.describe(root, current, acceptEncoding, mediaType)
    if (stored.kind !== 'stored') return stored
    const result = yield* sendStored(exchange, stored, options, context)
    if (result.kind === 'sent') return undefined
    if (result.kind !== 'changed') return result
    const again = yield* findFile(root, current.segments)
    if (again.kind !== 'asset') return again.kind === 'folder' ? { kind: 'missing' } : again
    current = again
  }
  return { kind: 'busy' }
}

/** Responds with one of the representations that were described. */
export function* sendStored(
  exchange: Exchange,
  stored: StoredAsset,
  options: FileResponseOptions,
  context: ServerContext,
): FileOperation<SendResult> {
  const head = planHead(exchange.head, options.status)
  const planContext = { nowMs: context.clock.wallMs(), boundary: boundaryFor(head) }
  for (;;) {
    const planned = plan(head, stored.asset(options.cacheControl), planContext)
    if (planned.kind === 'compress') {
      const { coding, isRequired } = planned
      if (yield* wait(stored.compressNow(coding, isRequired))) continue
      // If the file has changed, or the queue is full, a second look may find otherwise.
      if (isRequired) return { kind: 'changed' }
      if (!stored.stopWaiting()) stored.dropRepresentation(coding)
      continue
    }
    const { better, cacheable } = planned
    if (cacheable !== undefined) cacheFile(exchange, cacheable, stored, options, context)
    if (better !== undefined) void stored.compressInBackground(better)
    const { status, body } = planned.plan
    const fields = linesOf(planned.plan, options)
    if (body === 'none' || body instanceof Uint8Array) {
      exchange.send({ status, fields, body })
      return { kind: 'sent' }
    }
    const response = {
      status: (status === StatusCode.Ok ? options.status : undefined) ?? status,
      fields,
      body,
    }
    // What slow clients hold cannot be evicted: if it is much, others get the file in pieces.
    if (!mayHold(stored.sourceOf(body.coding), context)) stored.releaseBytes(body.coding)
    const source = stored.sourceOf(body.coding)
    const result = yield* sendBody(exchange, response, source, options.root, context)
    if (result.kind === 'sent' || result.kind === 'changed') return result
    // A precompressed file that may not be read is dropped: there is the file itself.
    if (body.coding === 'identity' || !stored.dropRepresentation(body.coding)) return result
  }
}

/** The field lines of a file, and those of the handler that sends it. */
function linesOf(
  { status, fields }: ResponsePlan,
  { own, more }: FileResponseOptions,
): readonly FieldLine[] {
  const lines = more === undefined ? fields : [...fields, ...more]
  if (own === undefined) return lines
  return withSiteHeaders({ status, fields: lines }, { always: [], set: own, unset: [] })
}

function mayHold(source: ByteSource, { buffers }: ServerContext): boolean {
  return source.kind === 'disk' || buffers.mayHold(source.bytes)
}

/** Caches the 200 and the 304 of a file for requests that negotiate the same. */
function cacheFile(
  { head, siteHeaders = NO_HEADERS }: Exchange,
  { coding, etag, whole, notModified }: CacheablePlans,
  stored: StoredAsset,
  options: FileResponseOptions,
  { responseCache }: ServerContext,
): void {
  const { cache } = options
  const body = stored.bodyOf(coding)
  if (responseCache === undefined || cache === undefined || body === undefined) return
  const { negotiation } = responseCache
  const fields = withSiteHeaders({ ...whole, fields: linesOf(whole, options) }, siteHeaders)
  responseCache.put(head, {
    ...cache,
    status: whole.status,
    fields,
    body,
    validators: {
      notModifiedFields: withSiteHeaders(
        { ...notModified, fields: linesOf(notModified, options) },
        siteHeaders,
      ),
      etag,
      lastModified: fields.find(([name]) => name === 'Last-Modified')?.[1] ?? '',
      hasParts: coding === 'identity',
    },
    variation: {
      ...cache.variation,
      codings: stored.isNegotiable ? negotiation.codingsOf(head) : 'identity',
    },
  })
}

/** A random boundary: a client that can upload a file must not be able to predict it. */
function boundaryFor(head: Pick<RequestHead, 'field'>): string {
  return head.field('range') === undefined ? '' : randomBytes(16).toString('hex')
}

/**
 * The request to plan with. A handler may respond to any method with a file, or with any status:
 * conditions and ranges apply only to what a GET or HEAD gets with 200 (RFC 9110 §13.2.1, §14.2).
 */
function planHead(
  head: RequestHead,
  status: StatusCode = StatusCode.Ok,
): Pick<RequestHead, 'method' | 'field'> {
  const isTheFile = READ_METHODS.includes(head.method) && status === StatusCode.Ok
  return {
    method: head.method === 'HEAD' ? 'HEAD' : 'GET',
    field: name => (isTheFile || name === 'accept-encoding' ? head.field(name) : undefined),
  }
}

/** The status and field lines of a response without a file. A folder counts as missing. */
export function statusForUnavailable({ kind }: Unavailable | { readonly kind: 'folder' }): {
  readonly status: StatusCode
  readonly fields: readonly FieldLine[]
} {
  if (kind === 'forbidden') return { status: StatusCode.Forbidden, fields: [] }
  if (kind === 'busy')
    return { status: StatusCode.ServiceUnavailable, fields: [['Retry-After', '2']] }
  return { status: StatusCode.NotFound, fields: [] }
}
