/**
 * What one message may cost. A limit that is hit is an error with its own code, never a silent cut. Sizes are in bytes
 * and do not count the CRLF that ends a line, but for `fieldsBytesMax` and `trailersBytesMax`, which count all lines
 * with their ends.
 */
export type Limits = {
  /** The method; 501 over it. */
  readonly methodBytesMax: number
  /** Method, target and version with the spaces between; 414 over it. RFC 9112 §3 asks for 8000 at least. */
  readonly requestLineBytesMax: number
  /** One field line, of the head or of the trailers; 431 over it. */
  readonly fieldLineBytesMax: number
  /** All field lines of the head; 431 over it. */
  readonly fieldsBytesMax: number
  /** Field lines of the head, and as many of the trailers; 431 over it. */
  readonly fieldCountMax: number
  /** Content, after chunked is undone; 413 over it. `limitContent()` sets it for one message. */
  readonly contentBytesMax: number
  /** The extensions of one chunk; 400 over it. */
  readonly chunkExtensionBytesMax: number
  /** All trailer lines; 431 over it. */
  readonly trailersBytesMax: number
}

/**
 * The limits of a parser that is given none.
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
  chunkExtensionBytesMax: 256,
  trailersBytesMax: 4 * 1024,
}

/** The defaults with some replaced. RangeError for one that is not a whole number from 0 up. */
export function limitsFrom(some: Partial<Limits>): Limits {
  const limits: Record<keyof Limits, number> = { ...DEFAULT_LIMITS }
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    const limit = some[name]
    if (limit === undefined) continue
    if (!Number.isSafeInteger(limit) || limit < 0)
      throw new RangeError(`${name} must be a whole number from 0 up, not ${limit}`)
    limits[name] = limit
  }
  return limits
}
