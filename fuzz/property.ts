import type * as fc from 'fast-check'

/**
 * Something that holds for every input. A property is a file in `fuzz/properties`, whose first line is its sentence; `npm run fuzz` and
 * `npm test` run all of them.
 */
export type Property<Input> = {
  /** The name of its file, and what `npm run fuzz -- NAME` selects. */
  readonly name: string
  /** The property, in one sentence. */
  readonly sentence: string
  /** Inputs to try. Plain data, of what JSON has and Uint8Arrays, so that a failing one can be kept in a file. */
  readonly inputs: fc.Arbitrary<Input>
  /** Throws where the property does not hold. */
  readonly check: (input: Input) => void | Promise<void>
  /** The bytes of an input that a parser reads, where it has such: what coverage is measured by and mutations are made of. */
  readonly wireOf?: (input: Input) => Uint8Array
  /** An input with other bytes in the place of its own. */
  readonly withWire?: (input: Input, wire: Uint8Array) => Input
  /** What its checks have counted in this thread, for the summary. What stands before ": " in a key is its heading. */
  readonly tally?: ReadonlyMap<string, number>
}
