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
  /** Decoded content; status 413 above it. `limitContent()` overrides it for one message. */
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

/**
 * Returns the default limits with some replaced.
 *
 * @throws RangeError if a limit is not a whole number from 0 up.
 */
export function resolveLimits(overrides: Partial<Limits>): Limits {
  const limits: Record<keyof Limits, number> = { ...DEFAULT_LIMITS }
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    const limit = overrides[name]
    if (limit === undefined) continue
    if (!Number.isSafeInteger(limit) || limit < 0)
      throw new RangeError(`${name} must be a whole number from 0 up, not ${limit}`)
    limits[name] = limit
  }
  return limits
}
