import { KNOWN_FIELD_COUNT, KnownField, OTHER_FIELD, recogniseField } from './field-names.ts'
import { equalsIgnoringCase, latin1 } from './scan.ts'

/*
 * The record of one field line: the span of its name, the span of its value without the white space
 * around it, and its `KnownField` or `OTHER_FIELD`.
 */
const NAME_START = 0
const NAME_END = 1
const VALUE_START = 2
const VALUE_END = 3
const FIELD = 4
const RECORD_LENGTH = 5

const NO_BYTES: Uint8Array = new Uint8Array(0)

/**
 * The field lines of a head or of trailers, as spans in the parsed bytes: index `i` of a span is
 * `bytes[base + i]`. Strings are made only on demand.
 */
export class FieldSection {
  /** The bytes of the spans: the slice fed to the parser, or its own copy after `release()`. */
  // ZERO-COPY: belongs to the caller of feed() until release() copies the section, if still needed.
  bytes: Uint8Array = NO_BYTES
  /** The index in `bytes` of the section's first byte, which is index 0 of all spans. */
  base = 0
  /** How many bytes of the section have been read so far, line ends included. */
  length = 0
  /** The number of field lines. */
  fieldCount = 0
  /** The known fields that are present: bit `1 << KnownField.X`. */
  present = 0
  /** The known fields that are present on more than one line. */
  repeated = 0

  /** `RECORD_LENGTH` numbers for each field line. */
  readonly #records: Int32Array
  /** The first line of each known field; valid if its bit in `present` is set. */
  readonly #firstLineOf = new Uint32Array(KNOWN_FIELD_COUNT)

  constructor(fieldCountMax: number) {
    this.#records = new Int32Array(fieldCountMax * RECORD_LENGTH)
  }

  /** Returns the first line of a known field, or -1. */
  find(field: KnownField): number {
    return this.present & (1 << field) ? this.#firstLineOf[field]! : -1
  }

  /**
   * Returns the value of a field by its name in any case, or undefined. Several lines are joined by
   * ", " (RFC 9110 §5.3), those of Cookie by "; ": it is no list, but HTTP/2 may split it (RFC 9113
   * §8.2.3).
   */
  field(name: string): string | undefined {
    const lower = name.toLowerCase()
    const separator = lower === 'cookie' ? '; ' : ', '
    let combined: string | undefined
    for (let i = 0; i < this.fieldCount; i++) {
      if (!this.#isNamed(i, lower)) continue
      const value = this.fieldValue(i)
      combined = combined === undefined ? value : combined + separator + value
    }
    return combined
  }

  /** The name on a line, in the client's spelling. */
  fieldName(line: number): string {
    return this.text(this.#recordAt(line, NAME_START), this.#recordAt(line, NAME_END))
  }

  /** The value on a line without the white space around it, one char per byte. */
  fieldValue(line: number): string {
    return this.text(this.#recordAt(line, VALUE_START), this.#recordAt(line, VALUE_END))
  }

  /** Where the span of a line's name ends: at the colon. */
  fieldNameEnd(line: number): number {
    return this.#recordAt(line, NAME_END)
  }

  /** Where the span of a line's value begins. */
  fieldValueStart(line: number): number {
    return this.#recordAt(line, VALUE_START)
  }

  /** Where the span of a line's value ends. */
  fieldValueEnd(line: number): number {
    return this.#recordAt(line, VALUE_END)
  }

  /** The known field of a line, or -1. */
  fieldKind(line: number): KnownField | -1 {
    return this.#recordAt(line, FIELD) as KnownField | -1
  }

  /** Returns the bytes of a span as a string of one char per byte. */
  text(start: number, end: number): string {
    return latin1(this.bytes, this.base + start, this.base + end)
  }

  /** For the head machine: removes all lines. */
  clear(): void {
    this.bytes = NO_BYTES
    this.length = 0
    this.fieldCount = 0
    this.present = 0
    this.repeated = 0
  }

  /** For the head machine: begins a line with its name. */
  addName(bytes: Uint8Array, view: DataView, base: number, start: number, end: number): void {
    const at = this.fieldCount * RECORD_LENGTH
    const field = recogniseField(bytes, view, base + start, base + end)
    this.#records[at + NAME_START] = start
    this.#records[at + NAME_END] = end
    this.#records[at + FIELD] = field
    if (field === OTHER_FIELD) return
    const bit = 1 << field
    if (this.present & bit) this.repeated |= bit
    else {
      this.present |= bit
      this.#firstLineOf[field] = this.fieldCount
    }
  }

  /** For the head machine: ends the line with its value. */
  addValue(start: number, end: number): void {
    const at = this.fieldCount * RECORD_LENGTH
    this.#records[at + VALUE_START] = start
    this.#records[at + VALUE_END] = end
    this.fieldCount++
  }

  #isNamed(line: number, lower: string): boolean {
    const { bytes, base } = this
    return equalsIgnoringCase(
      bytes,
      base + this.#recordAt(line, NAME_START),
      base + this.#recordAt(line, NAME_END),
      lower,
    )
  }

  #recordAt(line: number, offset: number): number {
    if (!(line >= 0 && line < this.fieldCount))
      throw new RangeError(`there is no field line ${line}`)
    return this.#records[line * RECORD_LENGTH + offset]!
  }
}

/**
 * The four forms of a request target, RFC 9112 §3.2.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'))
 * parser.next() // => Event.Head
 * parser.head.form // => TargetForm.Asterisk
 */
export const TargetForm = { Origin: 1, Absolute: 2, Authority: 3, Asterisk: 4 } as const
export type TargetForm = (typeof TargetForm)[keyof typeof TargetForm]

const COLON = 0x3a
const QUESTION_MARK = 0x3f
const HTTP = 'http'
const HTTP_AUTHORITY_START = 'http://'.length

/**
 * The request line and the field lines of the current request. It is valid from its `Head` event to
 * the `next()` after its `End`. Take strings of whatever must live longer.
 */
export class RequestHead extends FieldSection {
  /** Where the span of the method ends; it begins at 0. */
  methodEnd = 0
  /** The span of the request target, including the query. */
  targetStart = 0
  targetEnd = 0
  /** Where the path begins: behind the authority in absolute-form, otherwise at `targetStart`. */
  pathStart = 0
  /** The minor version, 0 to 9. Versions from 1 up are processed as HTTP/1.1 (RFC 9110 §2.5). */
  minorVersion = 1
  /** The form of the request target. */
  form: TargetForm = TargetForm.Origin

  #method: string | undefined
  #target: string | undefined

  /** The method as the client sent it: methods are case-sensitive (RFC 9110 §9.1). */
  get method(): string {
    this.#method ??= this.text(0, this.methodEnd)
    return this.#method
  }

  /** The request target as the client sent it. */
  get target(): string {
    this.#target ??= this.text(this.targetStart, this.targetEnd)
    return this.#target
  }

  /**
   * The host that the request is for, with its port if there is one: that of an absolute target or
   * of CONNECT, whatever Host says (RFC 9112 §3.2.2), else the value of Host; undefined if both are
   * absent.
   */
  get authority(): string | undefined {
    switch (this.form) {
      case TargetForm.Absolute: {
        const isHttps = this.bytes[this.base + this.targetStart + HTTP.length] !== COLON
        const start = this.targetStart + HTTP_AUTHORITY_START + Number(isHttps)
        return this.text(start, this.pathStart)
      }
      case TargetForm.Authority:
        return this.target
      default: {
        const line = this.find(KnownField.Host)
        return line === -1 ? undefined : this.fieldValue(line)
      }
    }
  }

  /** The version of HTTP that the client sent, such as '1.1' or '1.0'. */
  get version(): string {
    return `1.${this.minorVersion}`
  }

  /** The path of the target, still encoded, without the query; '/' if an absolute-form has none. */
  get path(): string {
    const end = this.#pathEnd()
    return end === this.pathStart ? '/' : this.text(this.pathStart, end)
  }

  /** The part of the target behind its first "?"; '' if there is no "?". */
  get query(): string {
    return this.text(Math.min(this.#pathEnd() + 1, this.targetEnd), this.targetEnd)
  }

  /** For the head machine: resets all properties for the next message. */
  override clear(): void {
    super.clear()
    this.methodEnd = 0
    this.targetStart = 0
    this.targetEnd = 0
    this.pathStart = 0
    this.form = TargetForm.Origin
    this.#method = undefined
    this.#target = undefined
  }

  /** Where the path ends: at the "?" or at the end of the target. */
  #pathEnd(): number {
    const { bytes, base } = this
    let at = base + this.pathStart
    while (at < base + this.targetEnd && bytes[at] !== QUESTION_MARK) at++
    return at - base
  }
}
