import type { FieldLine } from '../../observe-parser.ts'

/** A request as a parser reports it. Text has one char per byte. */
export type PeerMessage = {
  readonly method: string
  readonly target: string
  readonly fields: readonly FieldLine[]
  content: string
  /** Whether the parser has reported its end. */
  isComplete: boolean
}

/** The result of parsing the bytes of one connection. */
export type PeerResult = {
  readonly messages: PeerMessage[]
  /** The parser's own code or message for the error at which it stopped. */
  refusal: string | undefined
}

/** Another HTTP/1.1 parser. */
export type PeerParser = {
  readonly name: string
  readonly parse: (wire: Uint8Array) => PeerResult | Promise<PeerResult>
}

/** Converts `[name, value, name, value]` to field lines. */
export function pairsOf(flat: readonly string[]): FieldLine[] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : []))
}
