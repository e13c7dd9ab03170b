import type { RequestHead } from '../parser/index.ts'
import { type Coding, chooseCoding } from './content-coding.ts'
import { entityTagOf } from './entity-tag.ts'
import type { Field } from './head-writer.ts'
import { formatHttpDate } from './http-date.ts'
import { isCompressible, mediaTypeOf } from './media-type.ts'
import { planOtherMethod, READ_METHODS } from './methods.ts'
import { isNotModified } from './preconditions.ts'
import { planEmpty, planText, type ResponsePlan } from './response-plan.ts'
import { StatusCode } from './status.ts'

/** A regular file, as its opened descriptor tells it. */
export type Asset = {
  /** Its name, for the media type. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint
}

/** Smaller files gain nothing; larger ones would take too much memory and time at once. */
const COMPRESSED_BYTES_MIN = 1024
const COMPRESSED_BYTES_MAX = 10 * 1024 * 1024

const CODINGS: readonly Coding[] = ['gzip']

/**
 * How to answer a request for a file. Pure: it looks at nothing but its arguments, `nowMs` being milliseconds since 1970.
 *
 *
 * @example
 * const head = { method: 'GET', field: () => undefined }
 * const planned = plan(head, { name: 'a.css', size: 10, mtimeNs: 0n }, Date.now())
 * planned.status // => 200
 * planned.body // => 'asset'
 */
export function plan(head: Pick<RequestHead, 'method' | 'field'>, asset: Asset, nowMs: number): ResponsePlan {
  if (!READ_METHODS.includes(head.method)) return planOtherMethod(head.method, READ_METHODS)

  const mediaType = mediaTypeOf(asset.name)
  const negotiable =
    isCompressible(mediaType) && asset.size >= COMPRESSED_BYTES_MIN && asset.size <= COMPRESSED_BYTES_MAX
  const coding = chooseCoding(head.field('accept-encoding'), negotiable ? CODINGS : [])
  // RFC 9110 §12.5.3: not even identity is acceptable.
  if (coding === undefined) return planText(StatusCode.NotAcceptable)

  const etag = entityTagOf(asset, coding === 'identity' ? undefined : coding)
  const lastModifiedMs = Number(asset.mtimeNs / 1_000_000n)
  const validators: Field[] = [
    ['ETag', etag],
    ['Cache-Control', 'no-cache'],
  ]
  // RFC 9110 §12.5.5: on every response that could have been another.
  if (negotiable) validators.push(['Vary', 'Accept-Encoding'])

  // RFC 9110 §13.2.2.
  const conditions = {
    ifNoneMatch: head.field('if-none-match'),
    ifModifiedSince: head.field('if-modified-since'),
  }
  if (isNotModified(conditions, { etag, lastModifiedMs }, nowMs))
    return { ...planEmpty(StatusCode.NotModified, validators), coding }

  const content: Field[] = [
    ['Content-Type', mediaType],
    ['X-Content-Type-Options', 'nosniff'],
    // RFC 9110 §8.8.2.1: no date in the future.
    ['Last-Modified', formatHttpDate(Math.min(lastModifiedMs, nowMs))],
  ]
  if (coding !== 'identity') content.push(['Content-Encoding', coding])
  return { status: StatusCode.Ok, fields: [...content, ...validators], body: 'asset', coding }
}
