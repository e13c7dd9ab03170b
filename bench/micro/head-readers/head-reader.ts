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
  /** Reads one whole request. Throws where the parser does not take it. */
  read(wire: Uint8Array): void
  /** Of what was read last. */
  readonly fieldCount: number
  readonly targetLength: number
  /** Of content, the chunked coding undone. */
  readonly contentBytes: number
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

/** What a request comes to, so that a benchmark can tell that all of them were read. */
export function digestOf(read: Pick<OpenReader, 'fieldCount' | 'targetLength' | 'contentBytes'>): number {
  return read.fieldCount * 1000 + read.targetLength + read.contentBytes
}

/** `[name, value, name, value]` as pairs. */
export function pairsOf(flat: readonly string[]): RequestText['fields'] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : []))
}
