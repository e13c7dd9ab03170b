import type { Coding } from '#src/response/content-coding.js'
import type { ReceivedResponse } from './response-reader.ts'
import type { SentRequest } from './sent-request.ts'
import { coded } from './sim-content-coder.ts'
import type { Version } from './sim-file-system.ts'

/** What the world knows of a file while a request for it was answered. */
export type FileFacts = {
  /** What the name stood for, and, by coding, the name of the file beside it. */
  readonly versions: readonly Version[]
  readonly beside: ReadonlyMap<Coding, readonly Version[]>
  /** Whether the file was changed since the client has learnt of it. */
  readonly isKnownStale: boolean
  /** What a strong entity-tag of this path was seen with, by the tag. */
  readonly tagged: Map<string, Uint8Array>
  readonly wallMs: number
  /** The wall clock may have said another time when the answer was made. */
  readonly wallIsSure: boolean
}

/** A digest, and the coding behind it. */
const TAG = /^(?:W\/)?"[\w-]{22}(?:-(br|zstd|gzip))?"$/

type Body = { readonly bytes: Uint8Array; readonly mtimeMs: number }

/** What is wrong with an answer that has something of a file, or says that it need not; undefined: nothing. */
export function checkFile(
  asked: SentRequest,
  answer: ReceivedResponse,
  facts: FileFacts,
): string | undefined {
  const { plan, condition } = asked
  const present = facts.versions.filter(({ bytes }) => bytes !== undefined)
  const etag = answer.fields.get('etag')
  switch (answer.status) {
    case 404:
      return present.length < facts.versions.length
        ? undefined
        : 'a 404 for a file that was always there'
    case 406:
      return plan.acceptEncoding?.includes('identity;q=0')
        ? undefined
        : 'a 406 for what is acceptable'
    case 412:
      return checkFailed(asked, facts)
    case 304:
      return checkNotModified(asked, answer, present, facts)
    case 416:
      return checkUnsatisfiable(asked, answer, present)
    case 200:
    case 206:
      break
    default:
      return `the status is ${answer.status}`
  }
  if (present.length === 0) return 'an answer with a file where there was none'
  if (etag === undefined || !TAG.test(etag)) return `the entity-tag is ${etag}`
  // It may be met by the file in another coding than that which is sent.
  const isMet = condition === '*' || condition === undefined || digest(condition) === digest(etag)
  if (plan.condition?.field === 'If-Match' && !isMet && facts.beside.size === 0)
    return 'If-Match is not met'
  if (
    plan.condition?.field === 'If-None-Match' &&
    condition !== undefined &&
    opaque(condition) === opaque(etag)
  )
    return 'what the client has is sent again'
  if (answer.status === 206 && plan.range === undefined) return 'a part that nobody has asked for'
  if (
    answer.status === 206 &&
    plan.condition?.field === 'If-Range' &&
    condition !== undefined &&
    condition !== etag
  )
    return 'a part of another version than that which the client has'
  return checkBody(asked, answer, present, etag, facts)
}

function checkFailed(
  { plan, condition, learnt }: SentRequest,
  facts: FileFacts,
): string | undefined {
  if (plan.condition?.field !== 'If-Match' || condition === undefined)
    return 'a 412 without a condition'
  if (condition === '*') return 'a 412, though anything matches'
  if (learnt === undefined || condition !== learnt.etag || condition.startsWith('W/'))
    return undefined
  // Of a coding that this request does not accept.
  if (tagCoding(condition) !== undefined || plan.acceptEncoding?.includes('identity;q=0'))
    return undefined
  return facts.isKnownStale ? undefined : 'a 412, though the file is the same'
}

function checkNotModified(
  { plan, condition }: SentRequest,
  answer: ReceivedResponse,
  present: readonly Version[],
  facts: FileFacts,
): string | undefined {
  const field = plan.condition?.field
  const etag = answer.fields.get('etag') ?? ''
  if (condition === undefined || !(field === 'If-None-Match' || field === 'If-Modified-Since'))
    return 'a 304 without a condition'
  if (field === 'If-Modified-Since') {
    const sinceMs = Date.parse(condition)
    return present.some(({ mtimeMs }) => mtimeMs < sinceMs + 1000)
      ? undefined
      : 'a 304, though it was modified'
  }
  if (condition === '*') return undefined
  if (opaque(etag) !== opaque(condition)) return 'a 304 for what the client does not have'
  const known = facts.tagged.get(etag)
  if (known === undefined) return undefined
  return bodiesOf(present, facts, tagCoding(etag)).some(({ bytes }) => isSame(bytes, known))
    ? undefined
    : 'a 304 for a version that is gone'
}

function checkUnsatisfiable(
  { plan }: SentRequest,
  answer: ReceivedResponse,
  present: readonly Version[],
): string | undefined {
  const size = /^bytes \*\/(\d+)$/.exec(answer.fields.get('content-range') ?? '')?.[1]
  if (plan.range === undefined || size === undefined) return 'a 416 that is none'
  const isBeyond =
    plan.range.startsWith('bytes=9') || Number(size) === 0 || plan.range === 'bytes=50-'
  return isBeyond && present.length > 0 ? undefined : 'a 416 for a range that is there'
}

function checkBody(
  asked: SentRequest,
  answer: ReceivedResponse,
  present: readonly Version[],
  etag: string,
  facts: FileFacts,
): string | undefined {
  const { plan } = asked
  const coding = answer.fields.get('content-encoding')
  if (coding !== undefined && !accepts(plan.acceptEncoding, coding))
    return `${coding} is not acceptable`
  if (tagCoding(etag) !== coding)
    return `the entity-tag ${etag} of a body in ${coding ?? 'no coding'}`
  const bodies = bodiesOf(present, facts, coding)
  const complaints = bodies.map(body => checkAgainst(body, asked, answer, facts))
  const at = complaints.indexOf(undefined)
  if (at === -1) {
    // A file that is written to while it is read: so the answer says, by its weak tag, that bytes may be of several versions.
    const mayMix = etag.startsWith('W/') && present.some(({ isInPlace }) => isInPlace)
    if (mayMix && (coding !== undefined || isMixed(answer, present))) return undefined
    return `${complaints.at(-1) ?? 'there was no such representation'}${bodies.length > 1 ? `, nor of ${bodies.length - 1} others` : ''}`
  }
  if (etag.startsWith('W/')) return undefined
  const { bytes } = bodies[at]!
  const known = facts.tagged.get(etag)
  if (known === undefined) {
    if (plan.method === 'GET') facts.tagged.set(etag, bytes)
    return undefined
  }
  // Of several versions that fit a head or a part, one has to be that of the tag.
  const fits = bodies.some(
    (body, index) => complaints[index] === undefined && isSame(body.bytes, known),
  )
  return fits ? undefined : `the strong entity-tag ${etag} was seen with other bytes`
}

/** All that could be sent in a coding. */
function bodiesOf(
  present: readonly Version[],
  { beside }: FileFacts,
  coding: string | undefined,
): Body[] {
  const plain = present.map(({ bytes, mtimeMs }) => ({ bytes: bytes!, mtimeMs }))
  if (coding === undefined) return plain
  const made = plain.map(({ bytes, mtimeMs }) => ({
    bytes: coded(bytes, coding as Coding),
    mtimeMs,
  }))
  const siblings = (beside.get(coding as Coding) ?? []).filter(({ bytes }) => bytes !== undefined)
  return [...made, ...siblings.map(({ bytes, mtimeMs }) => ({ bytes: bytes!, mtimeMs }))]
}

function checkAgainst(
  body: Body,
  { plan }: SentRequest,
  answer: ReceivedResponse,
  facts: FileFacts,
): string | undefined {
  const { fields, status } = answer
  const modified = fields.get('last-modified')
  const secondMs = Math.floor(body.mtimeMs / 1000) * 1000
  // RFC 9110 §8.8.2.1: no date in the future, which a clock that was set may make of any.
  const mayBeFuture = !facts.wallIsSure || body.mtimeMs > facts.wallMs - 2000
  if (modified !== new Date(secondMs).toUTCString() && !(mayBeFuture && modified !== undefined))
    return `Last-Modified is ${modified}, not ${new Date(secondMs).toUTCString()}`
  if (status === 200) {
    if (fields.get('content-length') !== String(body.bytes.length))
      return `the length is ${fields.get('content-length')}, not ${body.bytes.length}`
    return plan.method === 'HEAD' || isSame(answer.body, body.bytes)
      ? undefined
      : 'other bytes than the file has'
  }
  const type = fields.get('content-type') ?? ''
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(type)?.[1]
  if (boundary === undefined)
    return checkPart(fields.get('content-range'), answer.body, body.bytes, plan.range!)
  return checkParts(answer.body, boundary, body.bytes, plan.range!)
}

function checkPart(
  contentRange: string | undefined,
  part: Uint8Array,
  whole: Uint8Array,
  range: string,
): string | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? []
  if (size === undefined) return `the Content-Range is ${contentRange}`
  const [from, to] = [Number(first), Number(last) + 1]
  if (Number(size) !== whole.length) return `a part of ${size} bytes, not of ${whole.length}`
  if (to - from !== part.length) return `${part.length} bytes for ${contentRange}`
  if (!range.includes(',') && contentRange !== expectedRange(range, whole.length))
    return `${contentRange} for ${range}`
  return isSame(part, whole.subarray(from, to))
    ? undefined
    : `other bytes than the file has at ${from}`
}

function expectedRange(range: string, size: number): string | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (first === undefined || last === undefined) return undefined
  if (first === '') return `bytes ${Math.max(0, size - Number(last))}-${size - 1}/${size}`
  return `bytes ${first}-${last === '' ? size - 1 : Math.min(Number(last), size - 1)}/${size}`
}

function checkParts(
  body: Uint8Array,
  boundary: string,
  whole: Uint8Array,
  range: string,
): string | undefined {
  const text = Buffer.from(body).toString('latin1')
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (parts.length < 3 || parts[0] !== '' || parts.at(-1) !== '--\r\n')
    return 'the parts are not well-formed'
  for (const part of parts.slice(1, -1)) {
    const [, contentRange, content] =
      /^\r\nContent-Type: .+\r\nContent-Range: (.+)\r\n\r\n([\s\S]*)$/.exec(part) ?? []
    if (content === undefined) return 'a part without its head'
    const complaint = checkPart(contentRange, Buffer.from(content, 'latin1'), whole, range)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

/** Whether each byte is one that the file had there. */
function isMixed(answer: ReceivedResponse, present: readonly Version[]): boolean {
  if (answer.status === 206) return true
  return answer.body.every((byte, at) => present.some(({ bytes }) => bytes![at] === byte))
}

function accepts(acceptEncoding: string | undefined, coding: string): boolean {
  return acceptEncoding !== undefined && (acceptEncoding.includes(coding) || acceptEncoding === '*')
}

function tagCoding(etag: string): string | undefined {
  return TAG.exec(etag)?.[1]
}

function digest(tag: string): string {
  return opaque(tag).slice(0, 23)
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0
}
