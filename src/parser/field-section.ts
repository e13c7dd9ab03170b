import { KNOWN_FIELD_COUNT, type KnownField, OTHER_FIELD, recogniseField } from './field-names.ts'
import { equalsIgnoringCase, latin1 } from './scan.ts'

/** The spans of one field line: its name, its value without the white space around it, and which field it is. */
const NAME_START = 0
const NAME_END = 1
const VALUE_START = 2
const VALUE_END = 3
const FIELD = 4
const NUMBERS_PER_LINE = 5

const NOTHING: Uint8Array = new Uint8Array(0)

/**
 * The field lines of a head or of trailers, as spans into the bytes they were read from: a span `s` lies at
 * `bytes[base + s]`. Strings are made only when asked for.
 */
export class FieldSection {
  /** The bytes the spans lie in: the slice lent to the parser, or its own copy after `release()`. */
  // ZERO-COPY: borrowed from the caller of feed(); release() moves what must live on to the carry buffer.
  bytes: Uint8Array = NOTHING
  /** Where span 0 lies in `bytes`. */
  base = 0
  /** How many bytes of it have been read so far, line ends included. */
  length = 0
  /** How many field lines there are. */
  fieldCount = 0
  /** Which recognised fields are there: bit `1 << Field.X`. */
  present = 0
  /** Which recognised fields are there on more than one line. */
  repeated = 0

  readonly #numbers: Int32Array
  /** The first line of each recognised field; valid where its bit of `present` is set. */
  readonly #lineOf = new Uint32Array(KNOWN_FIELD_COUNT)

  constructor(fieldCountMax: number) {
    this.#numbers = new Int32Array(fieldCountMax * NUMBERS_PER_LINE)
  }

  /** The line of a recognised field, its first where there are several, or -1. */
  find(field: KnownField): number {
    return this.present & (1 << field) ? this.#lineOf[field]! : -1
  }

  /**
   * The value of a field by its name in any case, all lines of it joined by ", " (RFC 9110 §5.3), or undefined.
   */
  field(name: string): string | undefined {
    const lower = name.toLowerCase()
    let combined: string | undefined
    for (let i = 0; i < this.fieldCount; i++) {
      if (!this.#isNamed(i, lower)) continue
      combined = combined === undefined ? this.fieldValue(i) : `${combined}, ${this.fieldValue(i)}`
    }
    return combined
  }

  /** The name on a line, as it was written. */
  fieldName(line: number): string {
    return this.text(this.#number(line, NAME_START), this.#number(line, NAME_END))
  }

  /** The value on a line without the white space around it, one char a byte. */
  fieldValue(line: number): string {
    return this.text(this.#number(line, VALUE_START), this.#number(line, VALUE_END))
  }

  /** The span of a line's name ends before this, which is its colon. */
  fieldNameEnd(line: number): number {
    return this.#number(line, NAME_END)
  }

  /** The span of a line's value begins here. */
  fieldValueStart(line: number): number {
    return this.#number(line, VALUE_START)
  }

  /** The span of a line's value ends before this. */
  fieldValueEnd(line: number): number {
    return this.#number(line, VALUE_END)
  }

  /** Which recognised field a line is, or -1. */
  fieldKind(line: number): KnownField | -1 {
    return this.#number(line, FIELD) as KnownField | -1
  }

  /** The bytes of a span as a string of one char a byte. */
  text(start: number, end: number): string {
    return latin1(this.bytes, this.base + start, this.base + end)
  }

  /** For the machine: forgets all lines. */
  clear(): void {
    this.bytes = NOTHING
    this.length = 0
    this.fieldCount = 0
    this.present = 0
    this.repeated = 0
  }

  /** For the machine: opens a line with its name, which it recognises. */
  addName(bytes: Uint8Array, view: DataView, base: number, start: number, end: number): void {
    const at = this.fieldCount * NUMBERS_PER_LINE
    const field = recogniseField(bytes, view, base + start, base + end)
    this.#numbers[at + NAME_START] = start
    this.#numbers[at + NAME_END] = end
    this.#numbers[at + FIELD] = field
    if (field === OTHER_FIELD) return
    const bit = 1 << field
    if (this.present & bit) this.repeated |= bit
    else {
      this.present |= bit
      this.#lineOf[field] = this.fieldCount
    }
  }

  /** For the machine: closes the line with its value. */
  addValue(start: number, end: number): void {
    const at = this.fieldCount * NUMBERS_PER_LINE
    this.#numbers[at + VALUE_START] = start
    this.#numbers[at + VALUE_END] = end
    this.fieldCount++
  }

  #isNamed(line: number, lower: string): boolean {
    const { bytes, base } = this
    return equalsIgnoringCase(
      bytes,
      base + this.#number(line, NAME_START),
      base + this.#number(line, NAME_END),
      lower,
    )
  }

  #number(line: number, which: number): number {
    if (!(line >= 0 && line < this.fieldCount))
      throw new RangeError(`there is no field line ${line}`)
    return this.#numbers[line * NUMBERS_PER_LINE + which]!
  }
}
