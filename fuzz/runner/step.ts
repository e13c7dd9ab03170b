import { EDGES } from '#src/parser/state-edges.js'

/**
 * A step of the parser: a state, the class of the next byte (or `end()`), and the new state, as one
 * number. Coverage is measured in steps, because they are finer than the edges of the state
 * machine.
 */
export type Step = number

/**
 * Every byte set of the parser is a union of these. A byte belongs to the last one that it matches.
 */
const BYTE_CLASSES: readonly RegExp[] = [
  /[\x00-\x1f]/,
  /[!-~]/,
  /[!#$%&'*+.^_`|~-]/,
  /[a-z]/i,
  /[a-f]/i,
  /[htp]/i,
  /[0-9]/,
  ...Array.from(
    '\0\t\n\r "#,./:;=\\\x7f',
    char => new RegExp(`\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
  ),
  /[\x80-\xff]/,
]
const CLASS_OF = Uint8Array.from({ length: 256 }, (_, byte) =>
  BYTE_CLASSES.findLastIndex(set => set.test(String.fromCharCode(byte))),
)
/** Stands for `end()` where a byte is expected. */
export const END = -1
const CLASS_COUNT = BYTE_CLASSES.length + 1

const STATES: readonly string[] = [
  ...new Set(EDGES.flatMap(([from, , to]) => [from, to])),
  'FAILED',
]
const NUMBER_OF: ReadonlyMap<string, number> = new Map(STATES.map((state, index) => [state, index]))

export const STEP_COUNT: number = STATES.length * CLASS_COUNT * STATES.length

export function stepOf(from: string, byte: number, to: string): Step {
  const byteClass = byte === END ? CLASS_COUNT - 1 : CLASS_OF[byte]!
  return (NUMBER_OF.get(from)! * CLASS_COUNT + byteClass) * STATES.length + NUMBER_OF.get(to)!
}

export function edgeOf(step: Step): string {
  const from = STATES[Math.floor(step / STATES.length / CLASS_COUNT)]
  return `${from} → ${STATES[step % STATES.length]}`
}

/** The declared edges, and one to FAILED from every state that has an edge. */
export const ALL_EDGES: readonly string[] = [
  ...new Set([
    ...EDGES.map(([from, , to]) => `${from} → ${to}`),
    ...EDGES.map(([from]) => `${from} → FAILED`),
  ]),
]
