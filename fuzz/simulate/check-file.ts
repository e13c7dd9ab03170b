import type { Coding } from '#src/response/content-coding.js'
import type { ReceivedResponse } from '../received-response.ts'
import { checkRange } from './check-range.ts'
import type { Version } from './file-history.ts'
import type { SentRequest } from './sent-request.ts'
import { encode } from './sim-content-coder.ts'

/** The states that a file may have had while the server processed the request for it. */
export type ExpectedFile = {
  readonly versions: readonly Version[]
  /** By coding: the versions of the compressed file beside it. */
  readonly siblings: ReadonlyMap<Coding, readonly Version[]>
  /** Whether the file may have changed since the client received its validators. */
  readonly mayDifferFromKnown: boolean
  /** The content that each strong entity-tag of the file was sent with. */
  readonly taggedContent: Map<string, Uint8Array>
  readonly wallMs: number
  /** Whether the wall clock was not set while the server processed the request. */
  readonly isWallClockReliable: boolean
}

/** A digest, and behind it the coding if there is one. */
const TAG = /^(?:W\/)?"[\w-]{22}(?:-(br|zstd|gzip))?"$/

/** Content that the server may send. */
type Body = { readonly bytes: Uint8Array; readonly mtimeMs: number }

/** Returns what is wrong with the response to a request for a file; undefined if it is right. */
export function checkFile(
  request: SentRequest,
  response: ReceivedResponse,
  expected: ExpectedFile,
): string | undefined {
  const existing = expected.versions.filter(({ bytes }) => bytes !== undefined)
  switch (response.status) {
    case 200:
    case 206:
      return checkContent(request, response, existing, expected)
    case 304:
      return checkNotModified(request, response, existing, expected)
    case 404:
      return existing.length < expected.versions.length ? undefined : 'the file always existed'
    case 406:
      return request.plan.acceptEncoding?.includes('identity;q=0')
        ? undefined
        : 'the file is acceptable as it is'
    case 412:
      return checkPreconditionFailed(request, existing, expected)
    case 416:
      return checkRangeNotSatisfiable(request, response, existing)
    default:
      return 'the status is not one for a file'
  }
}

function checkPreconditionFailed(
  { plan, condition, known }: SentRequest,
  existing: readonly Version[],
  expected: ExpectedFile,
): string | undefined {
  if (plan.condition?.field === 'If-Unmodified-Since' && condition !== undefined) {
    // Of a precompressed file, the time is another.
    const sinceMs = Date.parse(condition)
    const wasModified = existing.some(({ mtimeMs }) => mtimeMs >= sinceMs + 1000)
    return wasModified || expected.siblings.size > 0 ? undefined : 'the file was not modified'
  }
  if (plan.condition?.field !== 'If-Match' || condition === undefined)
    return 'the request has no If-Match and no If-Unmodified-Since'
  if (condition === '*') return 'If-Match: * matches every file'
  if (known === undefined || condition !== known.etag || condition.startsWith('W/'))
    return undefined
  // The entity-tag may be that of a coding which this request does not accept.
  if (tagCoding(condition) !== undefined || plan.acceptEncoding?.includes('identity;q=0'))
    return undefined
  return expected.mayDifferFromKnown ? undefined : 'the file is the one that If-Match names'
}

function checkNotModified(
  { plan, condition }: SentRequest,
  response: ReceivedResponse,
  existing: readonly Version[],
  expected: ExpectedFile,
): string | undefined {
  const field = plan.condition?.field
  const etag = response.field('etag') ?? ''
  if (condition === undefined || !(field === 'If-None-Match' || field === 'If-Modified-Since'))
    return 'the request has no If-None-Match and no If-Modified-Since'
  if (field === 'If-Modified-Since') {
    const sinceMs = Date.parse(condition)
    return existing.some(({ mtimeMs }) => mtimeMs < sinceMs + 1000)
      ? undefined
      : 'the file was modified'
  }
  if (condition === '*') return undefined
  if (opaqueTag(etag) !== opaqueTag(condition)) return 'If-None-Match has another entity-tag'
  const tagged = expected.taggedContent.get(etag)
  if (tagged === undefined) return undefined
  return bodiesOf(existing, expected, tagCoding(etag)).some(({ bytes }) => isSame(bytes, tagged))
    ? undefined
    : 'the entity-tag is that of an old version'
}

function checkRangeNotSatisfiable(
  { plan: { range } }: SentRequest,
  response: ReceivedResponse,
  existing: readonly Version[],
): string | undefined {
  const size = /^bytes \*\/(\d+)$/.exec(response.field('content-range') ?? '')?.[1]
  if (range === undefined) return 'the request has no Range'
  if (size === undefined) return 'Content-Range has no size'
  const isBeyondEnd = range.startsWith('bytes=9') || range === 'bytes=50-'
  if (Number(size) === 0) return 'the file is empty'
  return isBeyondEnd && existing.length > 0 ? undefined : 'the range is within the file'
}

/** Checks a 200 or 206: its conditions, then its body against all that the server may have sent. */
function checkContent(
  request: SentRequest,
  response: ReceivedResponse,
  existing: readonly Version[],
  expected: ExpectedFile,
): string | undefined {
  const etag = response.field('etag')
  if (existing.length === 0) return 'the file did not exist'
  if (etag === undefined || !TAG.test(etag)) return `the entity-tag is ${etag}`
  return (
    checkConditions(request, response.status, etag) ??
    checkPart(request, response, etag, expected) ??
    checkBody(request, response, etag, existing, expected)
  )
}

function checkConditions(
  { plan, condition }: SentRequest,
  status: number,
  etag: string,
): string | undefined {
  if (status === 206 && plan.range === undefined) return 'the request has no Range'
  if (condition === undefined) return undefined
  switch (plan.condition?.field) {
    case 'If-Match':
      return condition === '*' || condition === etag ? undefined : 'If-Match does not match'
    case 'If-None-Match':
      return opaqueTag(condition) === opaqueTag(etag) ? 'If-None-Match matches' : undefined
    case 'If-Range':
      return status === 206 && condition !== etag ? 'If-Range does not match' : undefined
    default:
      return undefined
  }
}

/** Parts are of the file itself, or of a precompressed file that the client names. */
function checkPart(
  { plan, condition }: SentRequest,
  response: ReceivedResponse,
  etag: string,
  { siblings }: ExpectedFile,
): string | undefined {
  const coding = tagCoding(etag)
  if (response.status !== 206 || coding === undefined) return undefined
  if (!siblings.has(coding as Coding)) return `a part of what the server compressed: ${coding}`
  const isNamed = condition === etag || plan.acceptEncoding?.includes('identity;q=0')
  return isNamed ? undefined : `a part in ${coding}, which the client does not name`
}

function checkBody(
  request: SentRequest,
  response: ReceivedResponse,
  etag: string,
  existing: readonly Version[],
  expected: ExpectedFile,
): string | undefined {
  const { plan } = request
  const coding = response.field('content-encoding')
  if (coding !== undefined && !accepts(plan.acceptEncoding, coding))
    return `the client does not accept ${coding}`
  if (tagCoding(etag) !== coding) return `the entity-tag of ${coding ?? 'no coding'} is ${etag}`
  const bodies = bodiesOf(existing, expected, coding)
  const messages = bodies.map(body => checkBodyAgainst(body, request, response, expected))
  const matches = bodies.filter((_, index) => messages[index] === undefined)
  const [match] = matches
  if (match === undefined) {
    // A weak tag says that the file is changing: its bytes may be of several versions.
    const mayMix = etag.startsWith('W/') && existing.some(({ isInPlace }) => isInPlace)
    if (mayMix && (coding !== undefined || isMixed(response, existing))) return undefined
    const others = bodies.length > 1 ? `, and ${bodies.length - 1} more versions differ` : ''
    return `${messages.at(-1) ?? 'the file has no such coding'}${others}`
  }
  if (etag.startsWith('W/')) return undefined
  const tagged = expected.taggedContent.get(etag)
  if (tagged !== undefined)
    return matches.some(({ bytes }) => isSame(bytes, tagged))
      ? undefined
      : `the strong entity-tag ${etag} was sent with other bytes before`
  if (plan.method === 'GET') expected.taggedContent.set(etag, match.bytes)
  return undefined
}

/** All contents that the server may send in this coding, or in none. */
function bodiesOf(
  existing: readonly Version[],
  { siblings }: ExpectedFile,
  coding: string | undefined,
): Body[] {
  const originals = existing.map(({ bytes, mtimeMs }) => ({ bytes: bytes!, mtimeMs }))
  if (coding === undefined) return originals
  const compressed = originals.map(({ bytes, mtimeMs }) => ({
    bytes: encode(bytes, coding as Coding),
    mtimeMs,
  }))
  const stored = (siblings.get(coding as Coding) ?? [])
    .filter(({ bytes }) => bytes !== undefined)
    .map(({ bytes, mtimeMs }) => ({ bytes: bytes!, mtimeMs }))
  return [...compressed, ...stored]
}

function checkBodyAgainst(
  body: Body,
  { plan }: SentRequest,
  response: ReceivedResponse,
  expected: ExpectedFile,
): string | undefined {
  const { status, body: received } = response
  const lastModified = response.field('last-modified')
  const modified = new Date(Math.floor(body.mtimeMs / 1000) * 1000).toUTCString()
  // RFC 9110 §8.8.2.1: a date in the future is replaced. Any date may be one if the clock was set.
  const mayBeFuture = !expected.isWallClockReliable || body.mtimeMs > expected.wallMs - 2000
  if (lastModified !== modified && !(mayBeFuture && lastModified !== undefined))
    return `Last-Modified is ${lastModified}, not ${modified}`
  if (status === 206) return checkRange(response, body.bytes, plan.range!)
  const length = response.field('content-length')
  if (length !== String(body.bytes.length))
    return `Content-Length is ${length}, not ${body.bytes.length}`
  return plan.method === 'HEAD' || isSame(received, body.bytes)
    ? undefined
    : 'the bytes are not those of the file'
}

/** Whether each byte is that of some version at its position. */
function isMixed({ status, body }: ReceivedResponse, existing: readonly Version[]): boolean {
  if (status === 206) return true
  return body.every((byte, at) => existing.some(({ bytes }) => bytes![at] === byte))
}

function accepts(acceptEncoding: string | undefined, coding: string): boolean {
  return acceptEncoding !== undefined && (acceptEncoding.includes(coding) || acceptEncoding === '*')
}

function tagCoding(etag: string): string | undefined {
  return TAG.exec(etag)?.[1]
}

function opaqueTag(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0
}
