/** A common interface to a request parser, so that all parsers do the same work. */
export type ParserAdapter = {
  readonly name: string
  readonly version?: string
  /** Encodes a request in the class of byte array that the parser takes. */
  readonly encode: (text: string) => Uint8Array
  /** Creates a parser, as for a new connection. */
  readonly create: () => ParserInstance
}

export interface ParserInstance {
  /**
   * Parses one whole request and returns its checksum.
   * @throws ParseFailure if the parser does not accept it.
   */
  parse(request: Uint8Array): number
  /** Returns the request that was parsed last. For tests: it may be slow. */
  parsedRequest(): ParsedRequest
}

export type ParsedRequest = {
  readonly method: string
  readonly target: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export class ParseFailure extends Error {
  override readonly name = 'ParseFailure'
}

/**
 * Returns a number by which a benchmark checks that a whole request was parsed. Each adapter calls
 * this itself: reading three properties from parsers of many classes would cost a tenth of a head.
 */
export function checksumOf(fieldCount: number, targetLength: number, contentBytes: number): number {
  return fieldCount * 1000 + targetLength + contentBytes
}

/** Turns `[name, value, name, value]` into pairs. */
export function pairsOf(flat: readonly string[]): ParsedRequest['fields'] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : []))
}
