/*
 * The states of the lines in chunked content, RFC 9112 §7.1. Each state is named for what it
 * awaits; constants and cases are in the order of the wire. The data between the lines is counted
 * elsewhere, not parsed. Nothing refers to a chunk line later, so none of its bytes are kept: the
 * machine resumes from its state alone.
 *
 *   SIZE_START ──HEXDIG──▶ SIZE ──────CR──────▶ SIZE_LF ──LF──▶ complete: data, or trailers after 0
 *       ▲                   │ ";"                  ▲
 *       │ LF                ▼                      │ CR
 *    DATA_LF         EXTENSION_START ◀──";"── EXTENSION_NAME, TOKEN, EXTENSION_END
 *       ▲                   │ tchar
 *       │ CR                ▼
 *    DATA_CR         EXTENSION_NAME ──"="──▶ EXTENSION_VALUE ──tchar──▶ TOKEN
 *   (after data)                                    │ DQUOTE
 *                                                   ▼
 *                         QUOTED_PAIR ◀──"\"── QUOTED ──DQUOTE──▶ EXTENSION_END
 *                              └─────any char─────▶┘
 *
 * Every other byte fails the message, and so does a size that is too large. A line, from SIZE_START
 * to SIZE_LF, fails the message at the first byte over its limit.
 */
import { FIELD_VALUE_CHAR, HEX_VALUE, QDTEXT, TCHAR } from './char-classes.ts'
import type { ParseErrorCode } from './parse-error.ts'
import { RunResult } from './run-result.ts'
import { skip } from './scan.ts'

const SIZE_START = 0
const SIZE = 1
const EXTENSION_START = 2
const EXTENSION_NAME = 3
const EXTENSION_VALUE = 4
const TOKEN = 5
const QUOTED = 6
const QUOTED_PAIR = 7
const EXTENSION_END = 8
const SIZE_LF = 9
const DATA_CR = 10
const DATA_LF = 11
// biome-ignore format: a set
type State =
  | typeof SIZE_START | typeof SIZE
  | typeof EXTENSION_START | typeof EXTENSION_NAME | typeof EXTENSION_VALUE
  | typeof TOKEN | typeof QUOTED | typeof QUOTED_PAIR | typeof EXTENSION_END
  | typeof SIZE_LF | typeof DATA_CR | typeof DATA_LF

const LF = 0x0a
const CR = 0x0d
const DQUOTE = 0x22
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c

/** With one more digit, such a size is at most 2^53 - 1, which a double represents exactly. */
const SIZE_MAX_BEFORE_DIGIT = 2 ** 49 - 1

/** Parses the lines of chunked content: each run up to the end of the next chunk's first line. */
export class ChunkedMachine {
  /** After a run: the index of the first byte not consumed. */
  at = 0
  /** After `Complete`: the size of the chunk's data in bytes; 0 for the last chunk. */
  size = 0
  /** The reason after `Failed`. */
  code!: ParseErrorCode

  readonly #lineBytesMax: number
  #state: State = SIZE_START
  /** How many more bytes this line may have. */
  #lineBytesLeft = 0

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** Starts with the size of a chunk. */
  startChunk(): void {
    this.#state = SIZE_START
    this.#lineBytesLeft = this.#lineBytesMax
    this.size = 0
  }

  /** Starts with the CRLF behind a chunk's data; the size of the next chunk follows. */
  startAfterData(): void {
    this.#state = DATA_CR
  }

  /** The number of the current state, for `stateOf()`. */
  get state(): number {
    return this.#state
  }

  /** Parses the bytes from `at` up to `to`. */
  run(bytes: Uint8Array, at: number, to: number): RunResult {
    let state: State = this.#state
    /** The highest index at which this line may end. */
    let lineEndMax = at + this.#lineBytesLeft
    while (at < to) {
      if (at === lineEndMax && state <= EXTENSION_END && bytes[at] !== CR)
        return this.#fail('chunk-line-too-long', at)
      switch (state) {
        case SIZE_START:
          if (HEX_VALUE[bytes[at]!] === -1) return this.#fail('chunk-size-malformed', at)
          state = SIZE
          break
        case SIZE: {
          const value = HEX_VALUE[bytes[at]!]!
          if (value !== -1) {
            if (this.size > SIZE_MAX_BEFORE_DIGIT) return this.#fail('chunk-size-overflow', at)
            this.size = this.size * 16 + value
          } else {
            if (bytes[at] === CR) state = SIZE_LF
            else if (bytes[at] === SEMICOLON) state = EXTENSION_START
            else return this.#fail(codeFor(bytes[at], 'chunk-size-malformed'), at)
          }
          at++
          break
        }
        // RFC 9112 §7.1.1. The grammar allows white space around ";" and "=" only for old senders.
        // It is refused, because servers have disagreed about where such a line ends.
        case EXTENSION_START:
          if (TCHAR[bytes[at]!] !== 1) return this.#fail(codeFor(bytes[at]), at)
          state = EXTENSION_NAME
          break
        case EXTENSION_NAME: {
          at = skip(TCHAR, bytes, at, Math.min(to, lineEndMax))
          if (at === to) break
          const byte = bytes[at]
          if (at === lineEndMax && byte !== CR) break
          if (byte === EQUALS) state = EXTENSION_VALUE
          else if (byte === SEMICOLON) state = EXTENSION_START
          else if (byte === CR) state = SIZE_LF
          else return this.#fail(codeFor(byte), at)
          at++
          break
        }
        case EXTENSION_VALUE:
          if (bytes[at] === DQUOTE) {
            at++
            state = QUOTED
          } else if (TCHAR[bytes[at]!] === 1) state = TOKEN
          else return this.#fail(codeFor(bytes[at]), at)
          break
        case TOKEN:
          at = skip(TCHAR, bytes, at, Math.min(to, lineEndMax))
          if (at < to) state = EXTENSION_END
          break
        case QUOTED: {
          at = skip(QDTEXT, bytes, at, Math.min(to, lineEndMax))
          if (at === to) break
          const byte = bytes[at]
          if (at === lineEndMax && byte !== CR) break
          if (byte === DQUOTE) state = EXTENSION_END
          else if (byte === BACKSLASH) state = QUOTED_PAIR
          else return this.#fail(codeFor(byte), at)
          at++
          break
        }
        case QUOTED_PAIR:
          // RFC 9110 §5.6.4: quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
          if (FIELD_VALUE_CHAR[bytes[at]!] !== 1) return this.#fail(codeFor(bytes[at]), at)
          at++
          state = QUOTED
          break
        case EXTENSION_END: {
          const byte = bytes[at]
          if (byte === SEMICOLON) state = EXTENSION_START
          else if (byte === CR) state = SIZE_LF
          else return this.#fail(codeFor(byte), at)
          at++
          break
        }
        case SIZE_LF:
          if (bytes[at] !== LF) return this.#fail('bare-cr', at)
          this.at = at + 1
          return RunResult.Complete
        case DATA_CR:
          if (bytes[at] !== CR) return this.#fail('chunk-data-unterminated', at)
          at++
          state = DATA_LF
          break
        case DATA_LF:
          if (bytes[at] !== LF) return this.#fail('chunk-data-unterminated', at)
          at++
          this.startChunk()
          lineEndMax = at + this.#lineBytesLeft
          state = SIZE_START
          break
      }
    }
    this.#state = state
    this.#lineBytesLeft = lineEndMax - at
    this.at = at
    return RunResult.Partial
  }

  #fail(code: ParseErrorCode, at: number): typeof RunResult.Failed {
    this.code = code
    this.at = at
    return RunResult.Failed
  }
}

/** The reason for an unexpected byte: LF, a line end without CR, has a code of its own. */
function codeFor(
  byte: number | undefined,
  other: ParseErrorCode = 'chunk-extension-malformed',
): ParseErrorCode {
  return byte === LF ? 'bare-lf' : other
}
