import { deserialize, serialize } from 'node:v8'

/** Larger inputs are not seen from outside. */
const INPUT_BYTES_MAX = 4 * 1024 * 1024

const BEATS = 0
const PROPERTY = 1
const INPUT_LENGTH = 2
const CELLS = 4
const NONE = -1

/**
 * Memory that a worker and the main thread share, for a worker inside a check says nothing else: how far it is with each property, that
 * it lives, and the input it is at.
 */
export class SharedProgress {
  readonly memory: SharedArrayBuffer
  readonly #cells: Int32Array
  readonly #runs: Float64Array
  readonly #ms: Float64Array
  readonly #input: Uint8Array

  constructor(propertyCount: number, memory?: SharedArrayBuffer) {
    const runsAt = CELLS * Int32Array.BYTES_PER_ELEMENT
    const msAt = runsAt + propertyCount * Float64Array.BYTES_PER_ELEMENT
    const inputAt = msAt + propertyCount * Float64Array.BYTES_PER_ELEMENT
    this.memory = memory ?? new SharedArrayBuffer(inputAt + INPUT_BYTES_MAX)
    this.#cells = new Int32Array(this.memory, 0, CELLS)
    this.#runs = new Float64Array(this.memory, runsAt, propertyCount)
    this.#ms = new Float64Array(this.memory, msAt, propertyCount)
    this.#input = new Uint8Array(this.memory, inputAt)
    if (memory === undefined) this.settle()
  }

  /** The index of the property at hand. */
  get property(): number {
    return this.#cells[PROPERTY]!
  }

  set property(index: number) {
    this.#cells[PROPERTY] = index
  }

  /** Another number for as long as checks begin and end. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS)
  }

  /** A check of an input begins. */
  announce(input: unknown): void {
    const bytes = serialize(input)
    const fits = bytes.length <= INPUT_BYTES_MAX
    if (fits) this.#input.set(bytes)
    Atomics.store(this.#cells, INPUT_LENGTH, fits ? bytes.length : NONE)
    Atomics.add(this.#cells, BEATS, 1)
  }

  /** The check is over. */
  settle(): void {
    Atomics.store(this.#cells, INPUT_LENGTH, NONE)
    Atomics.add(this.#cells, BEATS, 1)
  }

  /** The input that is being checked, in an object so that it can be undefined; none between checks. */
  announced(): { readonly input: unknown } | undefined {
    const length = Atomics.load(this.#cells, INPUT_LENGTH)
    return length === NONE ? undefined : { input: deserialize(this.#input.slice(0, length)) }
  }

  runsOf(property: number): number {
    return this.#runs[property]!
  }

  msOf(property: number): number {
    return this.#ms[property]!
  }

  countRun(property: number): void {
    this.#runs[property]! += 1
  }

  countMs(property: number, ms: number): void {
    this.#ms[property]! += ms
  }
}
