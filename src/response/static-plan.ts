import type { RequestHead } from '../parser/index.ts'
import { contentRange, parseRange } from './byte-range.ts'
import { acceptableCodings, type Coding } from './content-coding.ts'
import { isWeakTag } from './entity-tag.ts'
import type { FieldLine } from './head-writer.ts'
import { formatHttpDate } from './http-date.ts'
import { mediaTypeOf } from './media-type.ts'
import { planOtherMethod, READ_METHODS } from './methods.ts'
import { planMultipart } from './multipart-ranges.ts'
import { evaluatePreconditions, rangeApplies } from './preconditions.ts'
import { type AssetBody, planEmpty, planText, type ResponsePlan } from './response-plan.ts'
import { StatusCode } from './status.ts'

/** One form in which a file can be sent. */
export type Representation = {
  readonly coding: Coding | 'identity'
  /** Its entity-tag, quotes and all. */
  readonly etag: string
  /** Milliseconds since 1970; undefined where the file's own time says nothing. */
  readonly lastModifiedMs: number | undefined
  /** Bytes; undefined while it has yet to be made. */
  readonly size: number | undefined
}

/** A file to be served. */
export type Asset = {
  /** Its name, for the media type. */
  readonly name: string
  /** Those it has, the server's favourite first. */
  readonly representations: readonly Representation[]
  /** Whether another Accept-Encoding could have another answer. */
  readonly isNegotiable: boolean
  readonly cacheControl: string
}

/** How to answer, and what to make first or beside it. */
export type StaticPlan =
  /** Make this representation, and plan again; without it, if that fails. */
  | { readonly kind: 'make'; readonly coding: Coding }
  /** Send this. `wanted` would have been better, had it been made: make it for the next. */
  | { readonly kind: 'send'; readonly plan: ResponsePlan; readonly wanted?: Coding | undefined }

/** What a plan needs of the world: the time, in milliseconds since 1970, and a text that parts of a body may be set off with. */
export type PlanContext = { readonly nowMs: number; readonly boundary: string }

type Sized = Representation & { readonly size: number }

/**
 * How to answer a request for a file. Pure: it looks at nothing but its arguments.
 *
 * @example
 * const head = { method: 'GET', field: name => (name === 'range' ? 'bytes=0-3' : undefined) }
 * const identity = { coding: 'identity', etag: '"1"', lastModifiedMs: undefined, size: 10 }
 * const asset = { name: 'a.css', representations: [identity], isNegotiable: false, cacheControl: 'no-cache' }
 * const planned = plan(head, asset, { nowMs: Date.now(), boundary: 'b' })
 * planned.plan.status // => 206
 */
export function plan(
  head: Pick<RequestHead, 'method' | 'field'>,
  asset: Asset,
  { nowMs, boundary }: PlanContext,
): StaticPlan {
  if (!READ_METHODS.includes(head.method)) return send(planOtherMethod(head.method, READ_METHODS))

  const { name, representations, isNegotiable, cacheControl } = asset
  // RFC 9110 §12.5.5: on every response that could have been another.
  const vary: FieldLine[] = isNegotiable ? [['Vary', 'Accept-Encoding']] : []
  const codings = representations.map(({ coding }) => coding)
  const acceptable = acceptableCodings(head.field('accept-encoding'), codings).map(
    coding => representations.find(one => one.coding === coding)!,
  )
  // RFC 9110 §12.5.3: not even identity is acceptable. Without the field it would have been, whatever the file.
  if (acceptable.length === 0)
    return send(planText(StatusCode.NotAcceptable, '', [['Vary', 'Accept-Encoding']]))

  const commonTo = ({ etag }: Representation): FieldLine[] => [
    ['ETag', etag],
    ['Cache-Control', cacheControl],
    ...vary,
  ]
  // RFC 9110 §13.2.2. A validator names what was sent before: it need not be what would be sent now.
  const precondition = evaluatePreconditions(
    {
      ifMatch: head.field('if-match'),
      ifUnmodifiedSince: head.field('if-unmodified-since'),
      ifNoneMatch: head.field('if-none-match'),
      ifModifiedSince: head.field('if-modified-since'),
    },
    acceptable,
    nowMs,
  )
  if (precondition.kind === 'failed') return send(planText(StatusCode.PreconditionFailed, '', vary))
  // RFC 9110 §15.4.5: Last-Modified only where there is no ETag.
  if (precondition.kind === 'not-modified')
    return send(planEmpty(StatusCode.NotModified, commonTo(acceptable[precondition.index]!)))

  const sent = acceptable.find((one): one is Sized => one.size !== undefined)
  const wanted = acceptable[0]!.coding
  // What has no size yet is made, and so is never identity.
  if (sent === undefined) return { kind: 'make', coding: wanted as Coding }

  const fields: FieldLine[] = [
    ['X-Content-Type-Options', 'nosniff'],
    ['Accept-Ranges', 'bytes'],
    ...commonTo(sent),
  ]
  // RFC 9110 §8.8.2.1: no date in the future.
  if (sent.lastModifiedMs !== undefined)
    fields.push(['Last-Modified', formatHttpDate(Math.min(sent.lastModifiedMs, nowMs))])
  if (sent.coding !== 'identity') fields.push(['Content-Encoding', sent.coding])
  const mediaType = mediaTypeOf(name)

  // RFC 9110 §14.2: ranges are defined for GET only.
  const range = head.method === 'GET' ? head.field('range') : undefined
  const ifRange = head.field('if-range')
  // RFC 9110 §8.8.1: of a file that may yet change no validator is strong, and its date is none the less old if a tool has set it.
  const mayCompare = ifRange === undefined || !isWeakTag(sent.etag)
  const isRanged = range !== undefined && mayCompare && rangeApplies(ifRange, sent, nowMs)
  const answer = isRanged
    ? planRanges(range, sent, fields, mediaType, boundary)
    : planWhole(sent, fields, mediaType)
  return send(answer, wanted === sent.coding ? undefined : (wanted as Coding))
}

function send(answer: ResponsePlan, wanted?: Coding): StaticPlan {
  return { kind: 'send', plan: answer, wanted }
}

function planWhole(
  { coding, size }: Sized,
  fields: readonly FieldLine[],
  mediaType: string,
): ResponsePlan {
  const body: AssetBody = { coding, pieces: [{ from: 0, to: size }], length: size }
  return { status: StatusCode.Ok, fields: [['Content-Type', mediaType], ...fields], body }
}

function planRanges(
  value: string,
  representation: Sized,
  fields: readonly FieldLine[],
  mediaType: string,
  boundary: string,
): ResponsePlan {
  const { coding, size } = representation
  const outcome = parseRange(value, size)
  // RFC 9110 §15.5.17: nothing of the file, and how long it is.
  if (outcome.kind === 'unsatisfiable')
    return planText(StatusCode.RangeNotSatisfiable, '', [
      ['Content-Range', contentRange(undefined, size)],
      ...fields.filter(([name]) => name === 'Accept-Ranges' || name === 'Vary'),
    ])
  if (outcome.kind === 'whole') return planWhole(representation, fields, mediaType)
  const [first, ...others] = outcome.ranges
  if (others.length === 0) {
    const partial: FieldLine[] = [
      ['Content-Type', mediaType],
      ['Content-Range', contentRange(first!, size)],
    ]
    const body: AssetBody = { coding, pieces: [first!], length: first!.to - first!.from }
    return { status: StatusCode.PartialContent, fields: [...partial, ...fields], body }
  }
  const { parts, end, length } = planMultipart(outcome.ranges, size, mediaType, boundary)
  // RFC 9110 §17.15: more work than the whole would be is an attack, or no use.
  if (length >= size) return planWhole(representation, fields, mediaType)
  const body: AssetBody = {
    coding,
    pieces: [...parts.flatMap(part => [part.head, part.range]), end],
    length,
  }
  const type: FieldLine = ['Content-Type', `multipart/byteranges; boundary=${boundary}`]
  return { status: StatusCode.PartialContent, fields: [type, ...fields], body }
}
