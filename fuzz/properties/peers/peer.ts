import type { FieldLine } from '../../observe-parser.ts'

/** A request as a parser hands it out. Text has one char a byte. */
export type PeerMessage = {
  readonly method: string
  readonly target: string
  readonly fields: readonly FieldLine[]
  content: string
  /** Whether it is over. */
  isComplete: boolean
}

/** What a parser makes of the bytes of a connection. */
export type PeerReading = {
  readonly messages: PeerMessage[]
  /** Why it reads no further, as it says itself. */
  refusal: string | undefined
}

/** Another parser of HTTP/1.1. */
export type Peer = {
  readonly name: string
  readonly read: (wire: Uint8Array) => PeerReading | Promise<PeerReading>
}

/** `[name, value, name, value]` as lines. */
export function pairsOf(flat: readonly string[]): FieldLine[] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : []))
}
