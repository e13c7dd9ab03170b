import { FIELD_VALUE_CHAR, HEX_VALUE, QDTEXT, TCHAR } from './char-classes.ts'
import { Outcome } from './outcome.ts'
import type { ParseErrorCode } from './parse-error.ts'
import { skip } from './scan.ts'

/*
 * The lines of chunked content, RFC 9112 §7.1. The data between them is not this machine's: it is a number of bytes.
 * Nothing of a chunk line outlives it, so none of its bytes are kept: the machine resumes from its state alone.
 *
 *                  ┌───────────────CR────────────────▶ SIZE_LF ──LF──▶ complete: data or, after size 0, trailers
 *                  │                                     ▲ CR
 *   SIZE_START ─▶ SIZE ──";"──▶ EXTENSION_START ──▶ EXTENSION_NAME ──"="──▶ EXTENSION_VALUE ──tchar──▶ TOKEN
 *       ▲                            ▲   ▲ ";"           │                       │ DQUOTE                │
 *       │ LF                         │   └───────────────┘                       ▼                       ▼
 *    DATA_LF ◀──CR── DATA_CR         └──────────────";"─────────────────────── QUOTED ──DQUOTE──▶ EXTENSION_END ──CR──▶ SIZE_LF
 *            (after the data)                                                    ▲ ▼
 *                                                                            QUOTED_PAIR
 */
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
type State = typeof SIZE_START | typeof SIZE | typeof EXTENSION_START | typeof EXTENSION_NAME | typeof EXTENSION_VALUE | typeof TOKEN | typeof QUOTED |
  typeof QUOTED_PAIR | typeof EXTENSION_END | typeof SIZE_LF | typeof DATA_CR | typeof DATA_LF

const LF = 0x0a
const CR = 0x0d
const DQUOTE = 0x22
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c

/** Thirteen hexadecimal digits are 2^52 - 1 at most, so a size never leaves the whole numbers that a double holds. */
const SIZE_DIGITS_MAX = 13

export class ChunkedMachine {
  at = 0
  /** After `Complete`: the bytes of data that follow; 0 for the last chunk. */
  size = 0
  /** After `Refused`. */
  code!: ParseErrorCode

  readonly #extensionBytesMax: number
  #state: State = SIZE_START
  #digits = 0
  /** Bytes that the extensions of this line may still have. */
  #extensionRoom = 0

  constructor(extensionBytesMax: number) {
    this.#extensionBytesMax = extensionBytesMax
  }

  /** Awaits a chunk's size. */
  start(): void {
    this.#state = SIZE_START
    this.#digits = 0
    this.size = 0
  }

  /** Awaits the CRLF behind a chunk's data, and then the next chunk's size. */
  startAfterData(): void {
    this.#state = DATA_CR
  }

  /** The number of the state, for `stateOf()`. */
  get state(): number {
    return this.#state
  }

  /** Reads on from `at`, never at or past `to`. */
  run(bytes: Uint8Array, at: number, to: number): Outcome {
    let state: State = this.#state
    /** Where the extensions of this line must have ended. */
    let extensionEnd = at + this.#extensionRoom
    while (at < to) {
      if (
        at === extensionEnd &&
        state >= EXTENSION_START &&
        state <= EXTENSION_END &&
        bytes[at] !== CR
      )
        return this.#refuse('chunk-extension-too-long', at)
      switch (state) {
        case DATA_CR:
          if (bytes[at] !== CR) return this.#refuse('chunk-data-unterminated', at)
          at++
          state = DATA_LF
          break
        case DATA_LF:
          if (bytes[at] !== LF) return this.#refuse('chunk-data-unterminated', at)
          at++
          this.start()
          state = SIZE_START
          break
        case SIZE_START:
          if (HEX_VALUE[bytes[at]!] === -1) return this.#refuse('chunk-size-malformed', at)
          state = SIZE
          break
        case SIZE: {
          const value = HEX_VALUE[bytes[at]!]!
          if (value !== -1) {
            if (++this.#digits > SIZE_DIGITS_MAX) return this.#refuse('chunk-size-overflow', at)
            this.size = this.size * 16 + value
          } else {
            if (bytes[at] === CR) state = SIZE_LF
            else if (bytes[at] === SEMICOLON) {
              if (this.#extensionBytesMax === 0) return this.#refuse('chunk-extension-too-long', at)
              extensionEnd = at + this.#extensionBytesMax
              state = EXTENSION_START
            } else return this.#refuse(codeOf(bytes[at], 'chunk-size-malformed'), at)
          }
          at++
          break
        }
        // RFC 9112 §7.1.1. The grammar allows bad white space around ";" and "=" only for old senders' sake, and servers
        // have disagreed about where such a line ends: it is refused.
        case EXTENSION_START:
          if (TCHAR[bytes[at]!] !== 1) return this.#refuse(codeOf(bytes[at]), at)
          state = EXTENSION_NAME
          break
        case EXTENSION_NAME: {
          at = skip(TCHAR, bytes, at, Math.min(to, extensionEnd))
          if (at === to) break
          const byte = bytes[at]
          if (at === extensionEnd && byte !== CR) break
          if (byte === EQUALS) state = EXTENSION_VALUE
          else if (byte === SEMICOLON) state = EXTENSION_START
          else if (byte === CR) state = SIZE_LF
          else return this.#refuse(codeOf(byte), at)
          at++
          break
        }
        case EXTENSION_VALUE:
          if (bytes[at] === DQUOTE) {
            at++
            state = QUOTED
          } else if (TCHAR[bytes[at]!] === 1) state = TOKEN
          else return this.#refuse(codeOf(bytes[at]), at)
          break
        case QUOTED: {
          at = skip(QDTEXT, bytes, at, Math.min(to, extensionEnd))
          if (at === to) break
          const byte = bytes[at]
          if (at === extensionEnd && byte !== CR) break
          if (byte === DQUOTE) state = EXTENSION_END
          else if (byte === BACKSLASH) state = QUOTED_PAIR
          else return this.#refuse(codeOf(byte), at)
          at++
          break
        }
        case QUOTED_PAIR:
          // RFC 9110 §5.6.4: quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
          if (FIELD_VALUE_CHAR[bytes[at]!] !== 1) return this.#refuse(codeOf(bytes[at]), at)
          at++
          state = QUOTED
          break
        case TOKEN:
          at = skip(TCHAR, bytes, at, Math.min(to, extensionEnd))
          if (at < to) state = EXTENSION_END
          break
        case EXTENSION_END: {
          const byte = bytes[at]
          if (byte === SEMICOLON) state = EXTENSION_START
          else if (byte === CR) state = SIZE_LF
          else return this.#refuse(codeOf(byte), at)
          at++
          break
        }
        case SIZE_LF:
          if (bytes[at] !== LF) return this.#refuse('bare-cr', at)
          this.at = at + 1
          return Outcome.Complete
      }
    }
    this.#state = state
    this.#extensionRoom = extensionEnd - at
    this.at = at
    return Outcome.Partial
  }

  #refuse(code: ParseErrorCode, at: number): typeof Outcome.Refused {
    this.code = code
    this.at = at
    return Outcome.Refused
  }
}

/** The code for a byte that may not stand here: a LF is its own mistake. */
function codeOf(
  byte: number | undefined,
  other: ParseErrorCode = 'chunk-extension-malformed',
): ParseErrorCode {
  return byte === LF ? 'bare-lf' : other
}
