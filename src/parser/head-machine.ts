/*
 * The states of the request line and the field lines, RFC 9112 §3 and §5. Each state is named for
 * what it awaits. The constants and the cases of `run()` are in the order of the wire. Trailers are
 * field lines too (§7.1.2); they start at FIELD_START.
 *
 *   REQUEST_START ──CR──▶ EMPTY_LINE_LF ──LF──▶ REQUEST_START (up to 8 times)
 *        │ tchar
 *        ▼
 *     METHOD ──SP──▶ TARGET ──SP──▶ HTTP_NAME ──"HTTP/"──▶ MAJOR ──▶ DOT ──▶ MINOR
 *                                                                              │ DIGIT
 *        ┌───────LF─────── REQUEST_LINE_LF ◀──────CR────── REQUEST_LINE_CR ◀───┘
 *        ▼
 *    FIELD_START ──tchar──▶ FIELD_NAME ──":"──▶ VALUE_START ──no OWS──▶ VALUE ──CR──▶ FIELD_LINE_LF
 *     │ CR   ▲                                                                            │
 *     ▼      └─────────────────────────────────────LF─────────────────────────────────────┘
 *    SECTION_LF ──LF──▶ complete
 *
 * Every other byte fails the message, and so does a line or a section that exceeds its limit.
 */

import { EMPTY_VIEW, type ReadBuffer } from './byte-window.ts'
import { DIGIT_CHAR, FIELD_VALUE_CHAR, OWS, TARGET_CHAR, TCHAR } from './char-classes.ts'
import { EMPTY_LINE_COUNT_MAX, type Limits } from './limits.ts'
import type { ParseErrorCode } from './parse-error.ts'
import type { FieldSection, RequestHead } from './request-head.ts'
import { RunResult } from './run-result.ts'
import { equals, skip, skipTarget, skipValue, trimEnd } from './scan.ts'

const REQUEST_START = 0
const EMPTY_LINE_LF = 1
const METHOD = 2
const TARGET = 3
const HTTP_NAME = 4
const MAJOR = 5
const DOT = 6
const MINOR = 7
const REQUEST_LINE_CR = 8
const REQUEST_LINE_LF = 9
const FIELD_START = 10
const FIELD_NAME = 11
const VALUE_START = 12
const VALUE = 13
const FIELD_LINE_LF = 14
const SECTION_LF = 15
// biome-ignore format: a set
type State =
  | typeof REQUEST_START | typeof EMPTY_LINE_LF
  | typeof METHOD | typeof TARGET | typeof HTTP_NAME | typeof MAJOR | typeof DOT | typeof MINOR
  | typeof REQUEST_LINE_CR | typeof REQUEST_LINE_LF
  | typeof FIELD_START | typeof FIELD_NAME | typeof VALUE_START | typeof VALUE | typeof FIELD_LINE_LF
  | typeof SECTION_LF

const HTAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const DOT_BYTE = 0x2e
const DIGIT_0 = 0x30
const COLON = 0x3a
const TLS_HANDSHAKE = 0x16

const CRLF_BYTES = 2
/** A space and the version, HTTP/1.1, which end a request line. */
const VERSION_BYTES = 9
/** A space and a target of one byte, the least that follows a method. */
const TARGET_BYTES_MIN = 2

/** RFC 9112 §2.3: HTTP-name = %s"HTTP", and the slash behind it. */
const HTTP_SLASH = Uint8Array.of(0x48, 0x54, 0x54, 0x50, 0x2f)

/** Parses request heads, and the field lines of trailers, into the records of a `FieldSection`. */
export class HeadMachine {
  /** After a run: the index of the first byte not consumed. */
  at = 0
  /**
   * After a run: the index of the section's first byte. It moves past empty lines, which are
   * not part of the message.
   */
  base = 0
  /** The reason after `Failed`. */
  code!: ParseErrorCode

  readonly #limits: Limits
  readonly #head: RequestHead
  /** The highest end that the span of a target may have. */
  readonly #targetEndMax: number
  #state: State = REQUEST_START
  #emptyLines = 0
  #major = DIGIT_0

  #section: FieldSection
  /** The most bytes that all field lines of the section may have, line ends included. */
  #linesBytesMax = 0
  // Positions relative to `base`, as in spans.
  #linesStart = 0
  #nameStart = 0
  #valueStart = 0
  /** The highest position at which the current line may end, without its CRLF. */
  #lineEndMax = 0

  constructor(head: RequestHead, limits: Limits) {
    this.#head = head
    this.#section = head
    this.#limits = limits
    this.#targetEndMax = Math.max(limits.requestLineBytesMax - VERSION_BYTES, TARGET_BYTES_MIN)
  }

  /** Whether no byte of a request line has been read; empty lines may have been. */
  get awaitsRequestLine(): boolean {
    return this.#state <= EMPTY_LINE_LF
  }

  /** Whether no byte at all has been read since `startHead()`. */
  get awaitsFirstByte(): boolean {
    return this.#state === REQUEST_START && this.#emptyLines === 0
  }

  /** The number of the current state, for `stateOf()`. */
  get state(): number {
    return this.#state
  }

  /** Starts with the request line of a new message. */
  startHead(): void {
    this.#head.clear()
    this.#state = REQUEST_START
    this.#emptyLines = 0
    this.#section = this.#head
    this.#linesBytesMax = this.#limits.fieldsBytesMax
  }

  /** Starts with the trailers of the current message. */
  startTrailers(trailers: FieldSection): void {
    trailers.clear()
    this.#state = FIELD_START
    this.#section = trailers
    this.#linesStart = 0
    this.#linesBytesMax = this.#limits.trailersBytesMax
  }

  /**
   * Parses the bytes from `at` up to `to`. `base` is the index of the section's first byte: all
   * spans are relative to it, so that the caller may move the bytes between runs. The bytes from
   * `base` to `at` must be those of the previous runs.
   */
  run(bytes: Uint8Array, base: number, at: number, to: number): RunResult {
    const head = this.#head
    const section = this.#section
    let state: State = this.#state
    const { view = EMPTY_VIEW } = bytes as Partial<ReadBuffer>
    this.base = base
    while (at < to) {
      switch (state) {
        case REQUEST_START: {
          const byte = bytes[at]!
          if (byte === CR) {
            // RFC 9112 §2.2: a server should ignore at least one empty line. Some clients send one
            // behind the content of a POST, where Content-Length does not count it.
            if (this.#emptyLines === EMPTY_LINE_COUNT_MAX)
              return this.#fail('too-many-empty-lines', at)
            this.#emptyLines++
            at++
            state = EMPTY_LINE_LF
          } else if (TCHAR[byte] === 1) state = METHOD
          else if (byte === TLS_HANDSHAKE) return this.#fail('tls-handshake', at)
          else return this.#fail(byte === LF ? 'bare-lf' : 'method-malformed', at)
          break
        }
        case EMPTY_LINE_LF:
          if (bytes[at] !== LF) return this.#fail('bare-cr', at)
          at++
          base = at
          this.base = base
          state = REQUEST_START
          break
        case METHOD: {
          at = skip(TCHAR, bytes, at, to)
          const { methodBytesMax } = this.#limits
          const max = base + Math.min(methodBytesMax, this.#targetEndMax - TARGET_BYTES_MIN)
          if (at > max)
            return this.#fail(
              max === base + methodBytesMax ? 'method-too-long' : 'target-too-long',
              max,
            )
          if (at === to) break
          if (bytes[at] !== SP) return this.#fail('method-malformed', at)
          head.methodEnd = at - base
          at++
          head.targetStart = at - base
          state = TARGET
          break
        }
        case TARGET: {
          at = skipTarget(TARGET_CHAR, view, bytes, at, to)
          const max = base + this.#targetEndMax
          if (at > max) return this.#fail('target-too-long', max)
          if (at === to) break
          const byte = bytes[at]
          head.targetEnd = at - base
          if (byte !== SP || head.targetEnd === head.targetStart)
            return this.#fail(byte === LF ? 'bare-lf' : 'target-malformed', at)
          at++
          state = HTTP_NAME
          break
        }
        case HTTP_NAME: {
          const start = base + head.targetEnd + 1
          while (at < to && at - start < HTTP_SLASH.length) {
            if (bytes[at] !== HTTP_SLASH[at - start]) return this.#fail('version-malformed', at)
            at++
          }
          if (at - start === HTTP_SLASH.length) state = MAJOR
          break
        }
        case MAJOR: {
          const byte = bytes[at]!
          if (DIGIT_CHAR[byte] !== 1) return this.#fail('version-malformed', at)
          this.#major = byte
          at++
          state = DOT
          break
        }
        case DOT:
          if (bytes[at] !== DOT_BYTE) return this.#fail('version-malformed', at)
          at++
          state = MINOR
          break
        case MINOR: {
          const byte = bytes[at]!
          if (DIGIT_CHAR[byte] !== 1) return this.#fail('version-malformed', at)
          if (this.#major !== DIGIT_0 + 1) {
            // RFC 9113 §3.4: the preface of HTTP/2 looks like a request, PRI * HTTP/2.0.
            const isPreface = equals(bytes, base, base + head.methodEnd, 'PRI')
            return this.#fail(isPreface ? 'http2-preface' : 'version-unsupported', at)
          }
          head.minorVersion = byte - DIGIT_0
          at++
          state = REQUEST_LINE_CR
          break
        }
        case REQUEST_LINE_CR: {
          const byte = bytes[at]
          if (byte !== CR) return this.#fail(byte === LF ? 'bare-lf' : 'version-malformed', at)
          at++
          state = REQUEST_LINE_LF
          break
        }
        case REQUEST_LINE_LF:
          if (bytes[at] !== LF) return this.#fail('bare-cr', at)
          at++
          this.#linesStart = at - base
          state = FIELD_START
          break
        case FIELD_START: {
          at = this.#parseCompleteLines(bytes, view, base, at, to)
          if (at === to) break
          const byte = bytes[at]!
          if (byte === CR) {
            at++
            state = SECTION_LF
            break
          }
          if (TCHAR[byte] !== 1) return this.#fail(this.#lineStartCode(byte), at)
          if (section.fieldCount === this.#limits.fieldCountMax)
            return this.#fail('too-many-fields', at)
          this.#nameStart = at - base
          this.#lineEndMax = Math.min(
            this.#nameStart + this.#limits.fieldLineBytesMax,
            this.#linesStart + this.#linesBytesMax - CRLF_BYTES,
          )
          if (this.#lineEndMax < this.#nameStart) return this.#fail(this.#sectionTooLargeCode, at)
          state = FIELD_NAME
          break
        }
        case FIELD_NAME: {
          at = skip(TCHAR, bytes, at, to)
          if (at - base > this.#lineEndMax) return this.#failLine(base)
          if (at === to) break
          // The byte at `at` belongs to the line too, whatever it is.
          if (at - base === this.#lineEndMax) return this.#failLine(base)
          const byte = bytes[at]
          // RFC 9112 §5.1: refuse white space before the colon; servers have parsed it differently.
          if (byte === SP || byte === HTAB) return this.#fail('field-name-space', at)
          if (byte !== COLON)
            return this.#fail(byte === LF ? 'bare-lf' : 'field-name-malformed', at)
          section.addName(bytes, view, base, this.#nameStart, at - base)
          at++
          state = VALUE_START
          break
        }
        case VALUE_START:
          at = skip(OWS, bytes, at, to)
          if (at - base > this.#lineEndMax) return this.#failLine(base)
          if (at === to) break
          this.#valueStart = at - base
          state = VALUE
          break
        case VALUE: {
          at = skipValue(FIELD_VALUE_CHAR, view, bytes, at, to)
          if (at - base > this.#lineEndMax) return this.#failLine(base)
          if (at === to) break
          const byte = bytes[at]
          // RFC 9110 §5.5: a field value with CR, LF or NUL is refused rather than repaired.
          if (byte !== CR) return this.#fail(byte === LF ? 'bare-lf' : 'field-value-malformed', at)
          section.addValue(
            this.#valueStart,
            trimEnd(OWS, bytes, base + this.#valueStart, at) - base,
          )
          at++
          state = FIELD_LINE_LF
          break
        }
        case FIELD_LINE_LF:
          if (bytes[at] !== LF) return this.#fail('bare-cr', at)
          at++
          state = FIELD_START
          break
        case SECTION_LF:
          if (bytes[at] !== LF) return this.#fail('bare-cr', at)
          this.at = at + 1
          return RunResult.Complete
      }
    }
    this.#state = state
    this.at = at
    return RunResult.Partial
  }

  /**
   * The fast path of FIELD_START: parses complete field lines of the usual form without going
   * through the states, which took a third longer for heads with many fields. Returns the index of
   * the first line that is incomplete or unusual. The states parse that line.
   */
  #parseCompleteLines(
    bytes: Uint8Array,
    view: DataView,
    base: number,
    at: number,
    to: number,
  ): number {
    const section = this.#section
    const { fieldCountMax, fieldLineBytesMax } = this.#limits
    const endMax = base + this.#linesStart + this.#linesBytesMax - CRLF_BYTES
    for (;;) {
      const start = at
      at = skip(TCHAR, bytes, at, to)
      const nameEnd = at
      if (
        at + 1 >= to ||
        bytes[at] !== COLON ||
        at === start ||
        section.fieldCount === fieldCountMax
      )
        return start
      at++
      if (bytes[at] === SP) at++
      const valueStart = at
      at = skipValue(FIELD_VALUE_CHAR, view, bytes, at, to)
      if (at + 1 >= to || bytes[at] !== CR || bytes[at + 1] !== LF) return start
      if (at - start > fieldLineBytesMax || at > endMax) return start
      // The states trim white space beyond that, and a value that is empty behind its space.
      if (OWS[bytes[valueStart]!] === 1 || OWS[bytes[at - 1]!] === 1) return start
      section.addName(bytes, view, base, start - base, nameEnd - base)
      section.addValue(valueStart - base, at - base)
      at += CRLF_BYTES
    }
  }

  #fail(code: ParseErrorCode, at: number): typeof RunResult.Failed {
    this.code = code
    this.at = at
    return RunResult.Failed
  }

  /** Fails because the current line exceeds its own limit, or the section's if that is nearer. */
  #failLine(base: number): typeof RunResult.Failed {
    const isLineLimit = this.#lineEndMax === this.#nameStart + this.#limits.fieldLineBytesMax
    return this.#fail(
      isLineLimit ? 'field-line-too-long' : this.#sectionTooLargeCode,
      base + this.#lineEndMax,
    )
  }

  get #sectionTooLargeCode(): ParseErrorCode {
    return this.#section === this.#head ? 'fields-too-large' : 'trailers-too-large'
  }

  /** The reason why a field line cannot begin with this byte. */
  #lineStartCode(byte: number): ParseErrorCode {
    if (byte === LF) return 'bare-lf'
    // RFC 9112 §5.2, §2.2: refuse obs-fold, and white space before the first field line.
    return byte === SP || byte === HTAB ? 'field-line-folded' : 'field-name-malformed'
  }
}
