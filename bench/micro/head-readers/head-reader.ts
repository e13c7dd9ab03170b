/** A parser of requests behind one face, so that all are given the same work. */
export type HeadReader = {
  readonly name: string
  readonly version?: string
  /** A request in the class of byte array that the parser is fed with. */
  readonly wireOf: (text: string) => Uint8Array
  /** A parser of its own, as for a new connection. */
  readonly open: () => OpenReader
}

export interface OpenReader {
  /** Reads one whole request, and gives the digest of it. Throws where the parser does not take it. */
  read(wire: Uint8Array): number
  /** What the request read last says, for tests: it may cost anything. */
  text(): RequestText
}

export type RequestText = {
  readonly method: string
  readonly target: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export class NotRead extends Error {
  override readonly name = 'NotRead'
}

/**
 * What a request comes to, so that a benchmark can tell that all of it was read. Each reader calls this by itself: looked up on
 * readers of many classes, three numbers would cost a tenth of a head.
 */
export function digestOf(fieldCount: number, targetLength: number, contentBytes: number): number {
  return fieldCount * 1000 + targetLength + contentBytes
}

/** `[name, value, name, value]` as pairs. */
export function pairsOf(flat: readonly string[]): RequestText['fields'] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : []))
}
