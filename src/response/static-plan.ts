import type { RequestHead } from '../parser/index.ts'
import { contentRange, parseRange } from './byte-range.ts'
import { acceptableCodings, type Coding } from './content-coding.ts'
import { formatHttpDate } from './http-date.ts'
import { mediaTypeOf } from './media-type.ts'
import { planMultipart } from './multipart-ranges.ts'
import type { FieldLine } from './response-head.ts'
import {
  type AssetBody,
  planEmpty,
  planText,
  planUnsupportedMethod,
  READ_METHODS,
  type ResponsePlan,
} from './response-plan.ts'
import { StatusCode } from './status.ts'
import { evaluatePreconditions, isNamedBy, isWeakTag, rangeApplies } from './validators.ts'

/** One form in which a file can be sent. */
export type Representation = {
  readonly coding: Coding | 'identity'
  /** With quotes. */
  readonly etag: string
  /** Milliseconds since 1970; undefined if the file's own time is meaningless. */
  readonly lastModifiedMs: number | undefined
  /** Bytes; undefined if it is not compressed yet. */
  readonly size: number | undefined
  /** Whether the server compresses the file itself. Other representations are files. */
  readonly isMade?: boolean | undefined
}

/** A file to be served. */
export type Asset = {
  /** Its name or path, for the media type. */
  readonly name: string
  /** The Content-Type, if it is not that of the name. */
  readonly mediaType?: string | undefined
  /** In the server's order of preference. */
  readonly representations: readonly Representation[]
  /** Whether another Accept-Encoding could select another representation. */
  readonly isNegotiable: boolean
  /** Whether it is so small that even the first response waits until it is compressed. */
  readonly compressesAtOnce?: boolean | undefined
  readonly cacheControl: string
}

/** How to respond; or compress this representation and plan again, without it if that fails. */
export type StaticPlan =
  | SendPlan
  | {
      readonly kind: 'compress'
      readonly coding: Coding
      /** Whether no other representation is right. */
      readonly isRequired: boolean
    }

export type SendPlan = {
  readonly kind: 'send'
  readonly plan: ResponsePlan
  /** A better representation that is not compressed yet: compress it for later requests. */
  readonly better?: Coding | undefined
  /** The responses to later requests that negotiate the same, if they can be cached. */
  readonly cacheable?: CacheablePlans | undefined
}

/** The 200 of a representation, and its 304. */
export type CacheablePlans = {
  readonly coding: Coding | 'identity'
  readonly etag: string
  readonly whole: ResponsePlan
  readonly notModified: ResponsePlan
}

/** What a plan depends on besides the request and the file. */
export type PlanContext = {
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** Delimits the parts of a multipart body; must not occur in the file. */
  readonly boundary: string
}

type Sized = Representation & { readonly size: number }

/** Fields of a request for a part, or for one representation among those of the file. */
const SELECTIVE_FIELDS = ['range', 'if-range', 'if-match', 'if-unmodified-since'] as const

/**
 * Plans the response to a request for a file. Pure: it depends on its arguments alone.
 *
 * @example
 * const head = { method: 'GET', field: name => (name === 'range' ? 'bytes=0-3' : undefined) }
 * const identity = { coding: 'identity', etag: '"1"', lastModifiedMs: undefined, size: 10 }
 * const representations = [identity]
 * const asset = { name: 'a.css', representations, isNegotiable: false, cacheControl: 'no-cache' }
 * const planned = plan(head, asset, { nowMs: Date.now(), boundary: 'b' })
 * planned.plan.status // => 206
 */
export function plan(
  head: Pick<RequestHead, 'method' | 'field'>,
  asset: Asset,
  { nowMs, boundary }: PlanContext,
): StaticPlan {
  if (!READ_METHODS.includes(head.method))
    return send(planUnsupportedMethod(head.method, READ_METHODS))

  const { name, mediaType = mediaTypeOf(name), representations } = asset
  const { isNegotiable, cacheControl } = asset
  // RFC 9110 §12.5.5: on every response that Accept-Encoding could change.
  const vary: FieldLine[] = isNegotiable ? [['Vary', 'Accept-Encoding']] : []
  const codings = representations.map(({ coding }) => coding)
  const acceptable = acceptableCodings(head.field('accept-encoding'), codings).map(
    coding => representations.find(one => one.coding === coding)!,
  )
  // RFC 9110 §12.5.3: not even identity is acceptable. Without the field it would be.
  if (acceptable.length === 0)
    return send(planText(StatusCode.NotAcceptable, '', [['Vary', 'Accept-Encoding']]))

  /** Fields that a 304 has too. */
  const commonTo = ({ etag }: Representation): FieldLine[] => [
    ['ETag', etag],
    ['Cache-Control', cacheControl],
    ...vary,
  ]
  const wholeOf = (one: Sized): ResponsePlan => planWhole(one, mediaType, commonTo(one), nowMs)
  const best = acceptable[0]!.coding
  const ready = acceptable.find((one): one is Sized => one.size !== undefined)
  // A weak tag means that the file may still change: its response is not cached.
  const cacheable: CacheablePlans | undefined =
    ready !== undefined && ready.coding === best && !isWeakTag(ready.etag)
      ? {
          coding: ready.coding,
          etag: ready.etag,
          whole: wholeOf(ready),
          notModified: planEmpty(StatusCode.NotModified, commonTo(ready)),
        }
      : undefined

  const isSelective = SELECTIVE_FIELDS.some(field => head.field(field) !== undefined)
  const preferred = isSelective ? inOrderForParts(head, acceptable) : acceptable
  // RFC 9110 §13.2.2. The client may have any acceptable representation, not only the one that
  // would be sent now.
  const precondition = evaluatePreconditions(head, preferred, nowMs)
  if (precondition.kind === 'failed') return send(planText(StatusCode.PreconditionFailed, '', vary))
  // RFC 9110 §15.4.5: Last-Modified only where there is no ETag.
  if (precondition.kind === 'not-modified') {
    const common = commonTo(preferred[precondition.index]!)
    return send(planEmpty(StatusCode.NotModified, common), undefined, cacheable)
  }
  if (isSelective) {
    const selected = preferred[0]!
    if (!isSized(selected)) {
      const isRequired = head.field('if-match') !== undefined || !preferred.some(isSized)
      return compress(selected, isRequired)
    }
    const response = planPart(head, selected, asset, wholeOf(selected), { nowMs, boundary })
    return send(response, undefined, cacheable)
  }
  if (ready === undefined) return compress(acceptable[0]!, true)
  if (asset.compressesAtOnce && !isSized(acceptable[0]!)) return compress(acceptable[0]!, false)
  const whole = cacheable?.whole ?? wholeOf(ready)
  return send(whole, ready.coding === best ? undefined : (best as Coding), cacheable)
}

function isSized(representation: Representation): representation is Sized {
  return representation.size !== undefined
}

/** A representation without a size is not compressed yet, so it is never identity. */
function compress({ coding }: Representation, isRequired: boolean): StaticPlan {
  return { kind: 'compress', coding: coding as Coding, isRequired }
}

/**
 * Puts the representation first that a selective request is about: the one whose tag it names, or
 * else the identity, or else another file. What the server happens to have compressed does not
 * matter, or a client that resumes a download could get a part of other bytes.
 */
function inOrderForParts(
  head: Pick<RequestHead, 'field'>,
  acceptable: readonly Representation[],
): readonly Representation[] {
  const rankOf = ({ coding, isMade, etag }: Representation): number => {
    const rank = coding === 'identity' ? 0 : isMade ? 2 : 1
    return isNamedBy(head, etag) ? rank : rank + 3
  }
  return acceptable.toSorted((a, b) => rankOf(a) - rankOf(b))
}

function send(plan: ResponsePlan, better?: Coding, cacheable?: CacheablePlans): SendPlan {
  return { kind: 'send', plan, better, cacheable }
}

function planWhole(
  { coding, size, lastModifiedMs, isMade }: Sized,
  mediaType: string,
  common: readonly FieldLine[],
  nowMs: number,
): ResponsePlan {
  const fields: FieldLine[] = [
    ['Content-Type', mediaType],
    ['X-Content-Type-Options', 'nosniff'],
    // RFC 9110 §14.3. Of what is compressed here, no parts are sent.
    ...(isMade ? [] : [['Accept-Ranges', 'bytes'] as const]),
    ...common,
  ]
  // RFC 9110 §8.8.2.1: never a date in the future.
  if (lastModifiedMs !== undefined)
    fields.push(['Last-Modified', formatHttpDate(Math.min(lastModifiedMs, nowMs))])
  if (coding !== 'identity') fields.push(['Content-Encoding', coding])
  const body: AssetBody = { coding, pieces: [{ from: 0, to: size }], length: size }
  return { status: StatusCode.Ok, fields, body }
}

/** Plans the response with the ranges of a request, or with the whole where they do not apply. */
function planPart(
  head: Pick<RequestHead, 'method' | 'field'>,
  selected: Sized,
  { isNegotiable }: Asset,
  whole: ResponsePlan,
  { nowMs, boundary }: PlanContext,
): ResponsePlan {
  // RFC 9110 §14.2: ranges are defined for GET only.
  const range = head.method === 'GET' ? head.field('range') : undefined
  if (range === undefined || selected.isMade) return whole
  const ifRange = head.field('if-range')
  const isDated =
    ifRange !== undefined ||
    (head.field('if-unmodified-since') !== undefined && head.field('if-match') === undefined)
  // A date is that of all representations: the client may have the beginning of another one.
  if (isDated && isNegotiable && !isNamedBy(head, selected.etag) && offersCodings(head))
    return whole
  // RFC 9110 §8.8.1: a weak tag cannot select a range, nor can the date of a file that may change.
  const mayCompare = ifRange === undefined || !isWeakTag(selected.etag)
  return mayCompare && rangeApplies(ifRange, selected, nowMs)
    ? planRanges(range, selected, whole, boundary)
    : whole
}

function offersCodings(head: Pick<RequestHead, 'field'>): boolean {
  const codings: readonly Coding[] = ['br', 'zstd', 'gzip']
  const acceptEncoding = head.field('accept-encoding')
  return acceptEncoding !== undefined && acceptableCodings(acceptEncoding, codings).length > 0
}

function planRanges(
  value: string,
  { coding, size }: Sized,
  whole: ResponsePlan,
  boundary: string,
): ResponsePlan {
  const result = parseRange(value, size)
  const [contentType, ...fields] = whole.fields
  // RFC 9110 §15.5.17: Content-Range has the length of the file.
  if (result.kind === 'unsatisfiable')
    return planText(StatusCode.RangeNotSatisfiable, '', [
      ['Content-Range', contentRange(undefined, size)],
      ...fields.filter(([name]) => name === 'Accept-Ranges' || name === 'Vary'),
    ])
  if (result.kind === 'whole') return whole
  const partial = (body: AssetBody, ...contentFields: FieldLine[]): ResponsePlan => {
    return { status: StatusCode.PartialContent, fields: [...contentFields, ...fields], body }
  }
  const [first, ...others] = result.ranges
  if (others.length === 0)
    return partial({ coding, pieces: [first!], length: first!.to - first!.from }, contentType!, [
      'Content-Range',
      contentRange(first!, size),
    ])
  const { parts, end, length } = planMultipart(result.ranges, size, contentType![1], boundary)
  // RFC 9110 §17.15: parts that are longer than the whole are an attack, or useless.
  if (length >= size) return whole
  const pieces = [...parts.flatMap(({ head, range }) => [head, range]), end]
  const type = `multipart/byteranges; boundary=${boundary}`
  return partial({ coding, pieces, length }, ['Content-Type', type])
}
