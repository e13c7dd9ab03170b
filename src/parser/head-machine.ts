import { DIGIT_CHAR, FIELD_VALUE_CHAR, OWS, TARGET_CHAR, TCHAR } from './char-classes.ts'
import type { FieldSection } from './field-section.ts'
import type { Limits } from './limits.ts'
import { Outcome } from './outcome.ts'
import type { ParseErrorCode } from './parse-error.ts'
import { NO_VIEW, type ReadBuffer } from './read-buffer.ts'
import type { RequestHead } from './request-head.ts'
import { equals, skip, skipTarget, skipValue, trimEnd } from './scan.ts'

/*
 * The head of a request, RFC 9112 §3 and §5. Each state is named for what it awaits, and they stand in the order the wire
 * meets them. Trailers are field lines too (§7.1.2): they begin at FIELD_START.
 *
 *   REQUEST_START ──CR──▶ EMPTY_LINE_LF ──LF──▶ REQUEST_START (once)
 *        │ tchar
 *        ▼
 *     METHOD ──SP──▶ TARGET ──SP──▶ HTTP_NAME ──"HTTP/"──▶ MAJOR ─▶ DOT ─▶ MINOR ─▶ REQUEST_LINE_CR
 *                                                                                        │ CR
 *        ┌──────────────────────────────────LF────────────────────────── REQUEST_LINE_LF ◀┘
 *        ▼
 *    FIELD_START ──tchar──▶ FIELD_NAME ──":"──▶ VALUE_START ──not OWS──▶ VALUE ──CR──▶ FIELD_LINE_LF
 *        │ CR  ▲                                                                          │
 *        │     └───────────────────────────────────LF────────────────────────────────────┘
 *        ▼
 *    SECTION_LF ──LF──▶ complete
 */
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
type State = typeof REQUEST_START | typeof EMPTY_LINE_LF | typeof METHOD | typeof TARGET | typeof HTTP_NAME | typeof MAJOR | typeof DOT | typeof MINOR |
  typeof REQUEST_LINE_CR | typeof REQUEST_LINE_LF | typeof FIELD_START | typeof FIELD_NAME | typeof VALUE_START | typeof VALUE | typeof FIELD_LINE_LF |
  typeof SECTION_LF

const HTAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const DOT_BYTE = 0x2e
const DIGIT_0 = 0x30
const COLON = 0x3a
const TLS_HANDSHAKE = 0x16

const CRLF_BYTES = 2
/** A space and HTTP/1.1, for which a target leaves room in a request line. */
const VERSION_BYTES = 9
/** A space and one byte, for which a method leaves room. */
const MIN_TARGET_BYTES = 2

/** RFC 9112 §2.3: HTTP-name = %s"HTTP", and the slash after it. */
const HTTP_SLASH = Uint8Array.of(0x48, 0x54, 0x54, 0x50, 0x2f)

export class HeadMachine {
  at = 0
  /** Where span 0 lies after the run: an empty line before the request line is no part of the message. */
  base = 0
  /** After `Refused`. */
  code!: ParseErrorCode

  readonly #limits: Limits
  readonly #head: RequestHead
  /** How far a target may go, as a span. */
  readonly #targetEndMax: number
  #state: State = REQUEST_START
  #emptyLines = 0
  #major = DIGIT_0

  #section: FieldSection
  #sectionBytesMax = 0
  /** Spans: where the section and the line at hand began, the name and the value in it, and how far the line may go. */
  #sectionStart = 0
  #nameStart = 0
  #valueStart = 0
  #lineMax = 0

  constructor(head: RequestHead, limits: Limits) {
    this.#head = head
    this.#section = head
    this.#limits = limits
    this.#targetEndMax = Math.max(limits.requestLineBytesMax - VERSION_BYTES, MIN_TARGET_BYTES)
  }

  /** Whether no byte of a request line has come, be it after an empty line. */
  get atStart(): boolean {
    return this.#state <= EMPTY_LINE_LF
  }

  /** Whether no byte at all has come since `startHead()`. */
  get untouched(): boolean {
    return this.#state === REQUEST_START && this.#emptyLines === 0
  }

  /** The number of the state, for `stateOf()`. */
  get state(): number {
    return this.#state
  }

  /** Awaits a request. */
  startHead(): void {
    this.#head.clear()
    this.#state = REQUEST_START
    this.#emptyLines = 0
    this.#section = this.#head
    this.#sectionBytesMax = this.#limits.fieldsBytesMax
  }

  /** Awaits the trailers of the request at hand. */
  startTrailers(trailers: FieldSection): void {
    trailers.clear()
    this.#state = FIELD_START
    this.#section = trailers
    this.#sectionStart = 0
    this.#sectionBytesMax = this.#limits.trailersBytesMax
  }

  /**
   * Reads on from `at`, never at or past `to`. `base` is where span 0 lies in `bytes`: all that is written down is relative
   * to it, so that the bytes may be moved between runs. The bytes from `base` to `at` are those of the runs before.
   */
  run(bytes: Uint8Array, base: number, at: number, to: number): Outcome {
    const head = this.#head
    const section = this.#section
    let state: State = this.#state
    const { view = NO_VIEW } = bytes as Partial<ReadBuffer>
    this.base = base
    while (at < to) {
      switch (state) {
        case REQUEST_START: {
          const byte = bytes[at]!
          if (byte === CR) {
            // RFC 9112 §2.2: at least one empty line before the request line should be ignored; one is.
            if (this.#emptyLines++ > 0) return this.#refuse('too-many-empty-lines', at)
            at++
            state = EMPTY_LINE_LF
          } else if (TCHAR[byte] === 1) state = METHOD
          else if (byte === TLS_HANDSHAKE) return this.#refuse('tls-handshake', at)
          else return this.#refuse(byte === LF ? 'bare-lf' : 'method-malformed', at)
          break
        }
        case EMPTY_LINE_LF:
          if (bytes[at] !== LF) return this.#refuse('bare-cr', at)
          at++
          base = at
          this.base = base
          state = REQUEST_START
          break
        case METHOD: {
          at = skip(TCHAR, bytes, at, to)
          const { methodBytesMax } = this.#limits
          const max = base + Math.min(methodBytesMax, this.#targetEndMax - MIN_TARGET_BYTES)
          if (at > max)
            return this.#refuse(
              max === base + methodBytesMax ? 'method-too-long' : 'target-too-long',
              max,
            )
          if (at === to) break
          if (bytes[at] !== SP) return this.#refuse('method-malformed', at)
          head.methodEnd = at - base
          at++
          head.targetStart = at - base
          state = TARGET
          break
        }
        case TARGET: {
          at = skipTarget(TARGET_CHAR, view, bytes, at, to)
          const max = base + this.#targetEndMax
          if (at > max) return this.#refuse('target-too-long', max)
          if (at === to) break
          const byte = bytes[at]
          head.targetEnd = at - base
          if (byte !== SP || head.targetEnd === head.targetStart)
            return this.#refuse(byte === LF ? 'bare-lf' : 'target-malformed', at)
          at++
          state = HTTP_NAME
          break
        }
        case HTTP_NAME: {
          const start = base + head.targetEnd + 1
          while (at < to && at - start < HTTP_SLASH.length) {
            if (bytes[at] !== HTTP_SLASH[at - start]) return this.#refuse('version-malformed', at)
            at++
          }
          if (at - start === HTTP_SLASH.length) state = MAJOR
          break
        }
        case MAJOR: {
          const byte = bytes[at]!
          if (DIGIT_CHAR[byte] !== 1) return this.#refuse('version-malformed', at)
          this.#major = byte
          at++
          state = DOT
          break
        }
        case DOT:
          if (bytes[at] !== DOT_BYTE) return this.#refuse('version-malformed', at)
          at++
          state = MINOR
          break
        case MINOR: {
          const byte = bytes[at]!
          if (DIGIT_CHAR[byte] !== 1) return this.#refuse('version-malformed', at)
          if (this.#major !== DIGIT_0 + 1) {
            // RFC 9113 §3.4: the preface of HTTP/2 is made to look like a request, PRI * HTTP/2.0.
            const isPreface = equals(bytes, base, base + head.methodEnd, 'PRI')
            return this.#refuse(isPreface ? 'http2-preface' : 'version-unsupported', at)
          }
          head.minorVersion = byte - DIGIT_0
          at++
          state = REQUEST_LINE_CR
          break
        }
        case REQUEST_LINE_CR: {
          const byte = bytes[at]
          if (byte !== CR) return this.#refuse(byte === LF ? 'bare-lf' : 'version-malformed', at)
          at++
          state = REQUEST_LINE_LF
          break
        }
        case REQUEST_LINE_LF:
          if (bytes[at] !== LF) return this.#refuse('bare-cr', at)
          at++
          this.#sectionStart = at - base
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
          if (TCHAR[byte] !== 1) return this.#refuse(this.#lineStartCode(byte), at)
          if (section.fieldCount === this.#limits.fieldCountMax)
            return this.#refuse('too-many-fields', at)
          this.#nameStart = at - base
          this.#lineMax = Math.min(
            this.#nameStart + this.#limits.fieldLineBytesMax,
            this.#sectionStart + this.#sectionBytesMax - CRLF_BYTES,
          )
          if (this.#lineMax < this.#nameStart) return this.#refuse(this.#sectionTooLarge, at)
          state = FIELD_NAME
          break
        }
        case FIELD_NAME: {
          at = skip(TCHAR, bytes, at, to)
          if (at - base > this.#lineMax) return this.#refuseLine(base)
          if (at === to) break
          // Whatever it is, it belongs to the line.
          if (at - base === this.#lineMax) return this.#refuseLine(base)
          const byte = bytes[at]
          // RFC 9112 §5.1: no white space between name and colon, for servers have read it differently.
          if (byte === SP || byte === HTAB) return this.#refuse('field-name-space', at)
          if (byte !== COLON)
            return this.#refuse(byte === LF ? 'bare-lf' : 'field-name-malformed', at)
          section.addName(bytes, view, base, this.#nameStart, at - base)
          at++
          state = VALUE_START
          break
        }
        case VALUE_START:
          at = skip(OWS, bytes, at, to)
          if (at - base > this.#lineMax) return this.#refuseLine(base)
          if (at === to) break
          this.#valueStart = at - base
          state = VALUE
          break
        case VALUE: {
          at = skipValue(FIELD_VALUE_CHAR, view, bytes, at, to)
          if (at - base > this.#lineMax) return this.#refuseLine(base)
          if (at === to) break
          const byte = bytes[at]
          // RFC 9110 §5.5: a field value with CR, LF or NUL is refused rather than mended.
          if (byte !== CR)
            return this.#refuse(byte === LF ? 'bare-lf' : 'field-value-malformed', at)
          section.addValue(
            this.#valueStart,
            trimEnd(OWS, bytes, base + this.#valueStart, at) - base,
          )
          at++
          state = FIELD_LINE_LF
          break
        }
        case FIELD_LINE_LF:
          if (bytes[at] !== LF) return this.#refuse('bare-cr', at)
          at++
          state = FIELD_START
          break
        case SECTION_LF:
          if (bytes[at] !== LF) return this.#refuse('bare-cr', at)
          this.at = at + 1
          return Outcome.Complete
      }
    }
    this.#state = state
    this.at = at
    return Outcome.Partial
  }

  /**
   * Reads field lines that are whole and plain, as nearly all are, without a look at the state between their parts: the states above
   * took a third longer for heads of many fields. Returns where the first line begins that is not such a one, which is theirs.
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
    const sectionMax = base + this.#sectionStart + this.#sectionBytesMax - CRLF_BYTES
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
      if (at - start > fieldLineBytesMax || at > sectionMax) return start
      // More white space than the one space is left out of the value.
      if (at > valueStart && (OWS[bytes[valueStart]!] === 1 || OWS[bytes[at - 1]!] === 1))
        return start
      section.addName(bytes, view, base, start - base, nameEnd - base)
      section.addValue(valueStart - base, at - base)
      at += CRLF_BYTES
    }
  }

  #refuse(code: ParseErrorCode, at: number): typeof Outcome.Refused {
    this.code = code
    this.at = at
    return Outcome.Refused
  }

  /** The line at hand has reached a limit: its own, or the section's where that came first. */
  #refuseLine(base: number): typeof Outcome.Refused {
    const ofLine = this.#lineMax === this.#nameStart + this.#limits.fieldLineBytesMax
    return this.#refuse(
      ofLine ? 'field-line-too-long' : this.#sectionTooLarge,
      base + this.#lineMax,
    )
  }

  get #sectionTooLarge(): ParseErrorCode {
    return this.#section === this.#head ? 'fields-too-large' : 'trailers-too-large'
  }

  /** Why no field line can begin with this byte. */
  #lineStartCode(byte: number): ParseErrorCode {
    if (byte === LF) return 'bare-lf'
    // RFC 9112 §5.2 and §2.2: obs-fold is refused; so is white space before the first field line.
    return byte === SP || byte === HTAB ? 'field-line-folded' : 'field-name-malformed'
  }
}
