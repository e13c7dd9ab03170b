import { fieldOf, type Reply } from './reply.ts'
import { SECRET } from './site.ts'

/** A 200 with exactly these bytes. */
export function isWholeFile(reply: Reply, bytes: Buffer): boolean {
  return reply.status === 200 && reply.isWhole && reply.content.equals(bytes)
}

export function isPage(reply: Reply, text: string, status = 200): boolean {
  return reply.status === status && reply.isWhole && reply.content.includes(text)
}

/** A 416 with the length, and without content of the file: RFC 9110 §15.5.17. */
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
  return isWholeFile(reply, file) || isUnsatisfiable(reply, file)
}

export function isNotModified(reply: Reply): boolean {
  return reply.status === 304 && reply.content.length === 0 && reply.end === 'closed'
}

/** A 4xx that ends in time, and does not contain the secret. */
export function isRefused(reply: Reply): boolean {
  return isClientError(reply) && isWithoutSecret(reply)
}

export function isClientError({ status, end }: Reply): boolean {
  return status !== undefined && status >= 400 && status < 500 && end !== 'timeout'
}

/** Any response in time except 5xx, without the secret that is outside the root. */
export function isHarmless(reply: Reply): boolean {
  const { status, end } = reply
  return status !== undefined && status < 500 && end !== 'timeout' && isWithoutSecret(reply)
}

/**
 * Whether a browser would follow the Location to another host. The URL standard treats "\" as "/",
 * and ignores tabs and newlines.
 */
export function leadsToOtherHost(reply: Reply): boolean {
  const location = fieldOf(reply, 'location')
  return location !== undefined && new URL(location, 'http://localhost/').hostname !== 'localhost'
}

function isWithoutSecret({ content }: Reply): boolean {
  return !content.includes(SECRET)
}

/** A byte range; both positions are inclusive, as in Content-Range. */
export type BytePart = { readonly first: number; readonly last: number; readonly bytes: Buffer }

/**
 * Returns the ranges in a 206, which may be multipart.
 * @returns undefined if the head and the bytes do not agree with each other or with the file.
 */
export function bytePartsOf(reply: Reply, file: Buffer): readonly BytePart[] | undefined {
  if (reply.status !== 206 || !reply.isWhole) return undefined
  const boundary = /^multipart\/byteranges;.*boundary="?([^";]+)/i.exec(
    fieldOf(reply, 'content-type') ?? '',
  )?.[1]
  const parts =
    boundary === undefined
      ? [partOf(fieldOf(reply, 'content-range'), reply.content)]
      : multipart(reply.content, boundary)
  const agrees = (part: BytePart | undefined): part is BytePart =>
    part?.bytes.equals(file.subarray(part.first, part.last + 1)) === true
  return parts.length > 0 && parts.every(agrees) ? parts : undefined

  function partOf(contentRange: string | undefined, bytes: Buffer): BytePart | undefined {
    const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? []
    if (Number(size) !== file.length || Number(last) >= file.length) return undefined
    return { first: Number(first), last: Number(last), bytes }
  }

  /** RFC 2046 §5.1.1 */
  function multipart(content: Buffer, boundary: string): (BytePart | undefined)[] {
    const pieces = content.toString('latin1').split(`--${boundary}`)
    if (pieces.length < 3 || !pieces.at(-1)?.startsWith('--')) return []
    return pieces.slice(1, -1).map(piece => {
      const headEnd = piece.indexOf('\r\n\r\n')
      const contentRange = /^content-range: *(.*?)\r?$/im.exec(piece.slice(0, headEnd))?.[1]
      return partOf(contentRange, Buffer.from(piece.slice(headEnd + 4, -2), 'latin1'))
    })
  }
}

/** A 206 with exactly this range. */
export function isSinglePart(reply: Reply, file: Buffer, first: number, last: number): boolean {
  const parts = bytePartsOf(reply, file)
  return parts?.length === 1 && parts[0]?.first === first && parts[0].last === last
}

/** A 206 that contains all of these positions. */
export function hasBytes(reply: Reply, file: Buffer, positions: readonly number[]): boolean {
  const parts = bytePartsOf(reply, file) ?? []
  return positions.every(at => parts.some(({ first, last }) => first <= at && at <= last))
}
