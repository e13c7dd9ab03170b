/**
 * The limits of one message. A message over a limit fails with that limit's own error code; nothing
 * is truncated. Sizes are in bytes, without the CRLF that ends a line; only `fieldsBytesMax` and
 * `trailersBytesMax` include the CRLF of each field line.
 */
export type Limits = {
  /** The method; status 501 above it. */
  readonly methodBytesMax: number
  /**
   * Method, target and version with the spaces between them; status 414 above it. RFC 9112 §3
   * recommends at least 8000.
   */
  readonly requestLineBytesMax: number
  /** One field line of the head or of the trailers; status 431 above it. */
  readonly fieldLineBytesMax: number
  /** All field lines of the head; status 431 above it. */
  readonly fieldsBytesMax: number
  /** How many field lines the head may have, and again the trailers; status 431 above it. */
  readonly fieldCountMax: number
  /**
   * Decoded content, or Infinity; status 413 above it. `limitContent()` overrides it for one
   * message.
   */
  readonly contentBytesMax: number
  /** The line before the data of one chunk: its size and its extensions; status 400 above it. */
  readonly chunkLineBytesMax: number
  /** All field lines of the trailers; status 431 above it. */
  readonly trailersBytesMax: number
}

/** How many empty lines are ignored before a request line; status 400 above it. */
export const EMPTY_LINE_COUNT_MAX = 8

/**
 * The limits of a parser that is created without any.
 *
 * @example
 * DEFAULT_LIMITS.fieldCountMax // => 100
 */
export const DEFAULT_LIMITS: Limits = {
  methodBytesMax: 32,
  requestLineBytesMax: 8 * 1024,
  fieldLineBytesMax: 8 * 1024,
  fieldsBytesMax: 16 * 1024,
  fieldCountMax: 100,
  contentBytesMax: 1024 * 1024,
  chunkLineBytesMax: 512,
  trailersBytesMax: 4 * 1024,
}

/** Spans are 32-bit numbers that count from the start of the request line. */
const BYTES_MAX = 2 ** 29
/** Memory for this many field lines is allocated with the parser: 20 bytes for each. */
const COUNT_MAX = 65_536

/**
 * Returns the default limits with some replaced.
 *
 * @throws TypeError if a name is not that of a limit, or a limit is not a number.
 * @throws RangeError if a limit is not a whole number from 0 up to its maximum.
 */
export function resolveLimits(overrides: Partial<Limits>): Limits {
  if (typeof overrides !== 'object' || overrides === null)
    throw new TypeError(`limits must be an object, such as { fieldCountMax: 50 }, not ${overrides}`)
  const limits: Record<keyof Limits, number> = { ...DEFAULT_LIMITS }
  for (const [name, limit] of Object.entries(overrides)) {
    if (!isLimitName(name))
      throw new TypeError(
        `${name} is not a limit; the limits are ${Object.keys(DEFAULT_LIMITS).join(', ')}`,
      )
    if (limit !== undefined) limits[name] = checkedLimit(name, limit)
  }
  return limits
}

function isLimitName(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name)
}

function checkedLimit(name: keyof Limits, limit: unknown): number {
  if (typeof limit !== 'number')
    throw new TypeError(`${name} must be a number, not ${typeof limit}`)
  // Content is counted, not kept, and may be unlimited.
  const isContent = name === 'contentBytesMax'
  if (isContent && limit === Number.POSITIVE_INFINITY) return limit
  const max = isContent ? Number.MAX_SAFE_INTEGER : name === 'fieldCountMax' ? COUNT_MAX : BYTES_MAX
  if (Number.isInteger(limit) && limit >= 0 && limit <= max) return limit
  const unless = isContent ? ', or Infinity' : ''
  throw new RangeError(`${name} must be a whole number from 0 to ${max}${unless}, not ${limit}`)
}
