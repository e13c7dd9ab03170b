import { deserialize, serialize } from 'node:v8'

/** A larger input is not shared: if its check hangs, the report lacks the input. */
const INPUT_BYTES_MAX = 4 * 1024 * 1024

const HEARTBEATS = 0
const PROPERTY = 1
const INPUT_LENGTH = 2
const CELLS = 4
const NONE = -1

/**
 * The progress of a worker, in memory that it shares with the main thread: runs and time of each
 * property, a heartbeat, and the input being checked. A worker inside a check cannot post messages.
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
    if (memory === undefined) this.endCheck()
  }

  /** The index of the property that the worker is checking. */
  get currentProperty(): number {
    return this.#cells[PROPERTY]!
  }

  set currentProperty(index: number) {
    this.#cells[PROPERTY] = index
  }

  /** A number that changes whenever a check starts or ends. */
  get heartbeats(): number {
    return Atomics.load(this.#cells, HEARTBEATS)
  }

  /** Records that the check of an input starts. */
  startCheck(input: unknown): void {
    const bytes = serialize(input)
    const fits = bytes.length <= INPUT_BYTES_MAX
    if (fits) this.#input.set(bytes)
    Atomics.store(this.#cells, INPUT_LENGTH, fits ? bytes.length : NONE)
    Atomics.add(this.#cells, HEARTBEATS, 1)
  }

  /** Records that the check has ended. */
  endCheck(): void {
    Atomics.store(this.#cells, INPUT_LENGTH, NONE)
    Atomics.add(this.#cells, HEARTBEATS, 1)
  }

  /**
   * Returns the input being checked, wrapped because it may be undefined; undefined between checks.
   */
  currentInput(): { readonly input: unknown } | undefined {
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
