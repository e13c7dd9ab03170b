import { fieldOf, type Reply } from './reply.ts'
import { SECRET } from './site.ts'

/** 200 with all of it, and nothing after it. */
export function isAll(reply: Reply, bytes: Buffer): boolean {
  return reply.status === 200 && reply.isWhole && reply.content.equals(bytes)
}

export function isPage(reply: Reply, text: string, status = 200): boolean {
  return reply.status === status && reply.isWhole && reply.content.includes(text)
}

/** RFC 9110 §15.5.17: no part of the representation comes with it. */
export function isUnsatisfiable(reply: Reply, file: Buffer): boolean {
  return (
    reply.status === 416 &&
    reply.isWhole &&
    fieldOf(reply, 'content-range') === `bytes */${file.length}` &&
    !reply.content.includes(file.subarray(0, 16))
  )
}

/** RFC 9110 §14.2: an invalid ranges-specifier is ignored or rejected. */
export function isIgnoredOrRejected(reply: Reply, file: Buffer): boolean {
  return isAll(reply, file) || isUnsatisfiable(reply, file)
}

export function isNotModified(reply: Reply): boolean {
  return reply.status === 304 && reply.content.length === 0 && reply.end === 'closed'
}

/** A 4xx that ends, and shows nothing. */
export function isRefused(reply: Reply): boolean {
  return isClientError(reply) && showsNoSecret(reply)
}

export function isClientError({ status, end }: Reply): boolean {
  return status !== undefined && status >= 400 && status < 500 && end !== 'timeout'
}

/** Whatever the answer is, it is one, it is no error of the server's, and it shows nothing from outside the root. */
export function isHarmless(reply: Reply): boolean {
  const { status, end } = reply
  return status !== undefined && status < 500 && end !== 'timeout' && showsNoSecret(reply)
}

/** A Location that a browser would follow to another host. WHATWG URL: "\" is "/", and tabs and newlines are nothing. */
export function leadsAway(reply: Reply): boolean {
  const location = fieldOf(reply, 'location')
  return location !== undefined && new URL(location, 'http://localhost/').hostname !== 'localhost'
}

function showsNoSecret({ content }: Reply): boolean {
  return !content.includes(SECRET)
}

/** Positions of bytes, both inclusive, as Content-Range writes them. */
export type Part = { readonly first: number; readonly last: number; readonly bytes: Buffer }

/** What a 206 holds, in one part or several; undefined where its head and its bytes do not agree with each other or the file. */
export function partsOf(reply: Reply, file: Buffer): readonly Part[] | undefined {
  if (reply.status !== 206 || !reply.isWhole) return undefined
  const boundary = /^multipart\/byteranges;.*boundary="?([^";]+)/i.exec(
    fieldOf(reply, 'content-type') ?? '',
  )?.[1]
  const parts =
    boundary === undefined
      ? [partOf(fieldOf(reply, 'content-range'), reply.content)]
      : multipart(reply.content, boundary)
  const agrees = (part: Part | undefined): part is Part =>
    part?.bytes.equals(file.subarray(part.first, part.last + 1)) === true
  return parts.length > 0 && parts.every(agrees) ? parts : undefined

  function partOf(contentRange: string | undefined, bytes: Buffer): Part | undefined {
    const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? []
    if (Number(size) !== file.length || Number(last) >= file.length) return undefined
    return { first: Number(first), last: Number(last), bytes }
  }

  /** RFC 2046 §5.1.1 */
  function multipart(content: Buffer, boundary: string): (Part | undefined)[] {
    const pieces = content.toString('latin1').split(`--${boundary}`)
    if (pieces.length < 3 || !pieces.at(-1)?.startsWith('--')) return []
    return pieces.slice(1, -1).map(piece => {
      const headEnd = piece.indexOf('\r\n\r\n')
      const contentRange = /^content-range: *(.*?)\r?$/im.exec(piece.slice(0, headEnd))?.[1]
      return partOf(contentRange, Buffer.from(piece.slice(headEnd + 4, -2), 'latin1'))
    })
  }
}

/** 206 with exactly these bytes. */
export function isPart(reply: Reply, file: Buffer, first: number, last: number): boolean {
  const parts = partsOf(reply, file)
  return parts?.length === 1 && parts[0]?.first === first && parts[0].last === last
}

/** 206 in which each of these bytes is. */
export function hasBytes(reply: Reply, file: Buffer, positions: readonly number[]): boolean {
  const parts = partsOf(reply, file) ?? []
  return positions.every(at => parts.some(({ first, last }) => first <= at && at <= last))
}
