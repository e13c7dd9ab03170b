import type * as fc from 'fast-check'

/**
 * A claim that holds for every input. Each property is a file in `fuzz/properties` that begins with
 * its sentence as a comment. `npm run fuzz` and `npm test` check all of them.
 */
export type Property<Input> = {
  /** The name of its file, without `.ts`; `npm run fuzz -- NAME` checks this property alone. */
  readonly name: string
  /** The claim, in one sentence. */
  readonly sentence: string
  /**
   * Inputs to check: JSON values and Uint8Arrays only, so that an input file can hold a failing
   * one.
   */
  readonly inputs: fc.Arbitrary<Input>
  /** Throws if the property does not hold for this input. */
  readonly check: (input: Input) => void | Promise<void>
  /** Returns the bytes of an input that go to a parser. The runner measures their coverage. */
  readonly wireOf?: (input: Input) => Uint8Array
  /**
   * Returns the input with `wire` as its bytes. The runner uses it for mutated and shrunk bytes.
   */
  readonly withWire?: (input: Input, wire: Uint8Array) => Input
  /** Counts of this thread's checks, for the summary. A key is `HEADING: NAME`. */
  readonly tally?: ReadonlyMap<string, number>
}
