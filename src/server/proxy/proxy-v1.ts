import { AddressText } from './ip-address.ts'
import type { Outcome } from './outcome.ts'
import type { ProxiedClient } from './proxied-client.ts'
import type { ProxyErrorCode } from './proxy-error.ts'

/*
 * Version 1 of the PROXY protocol, a line: proxy-protocol.txt §2.1. Each state is named for what it awaits.
 *
 *   SIGNATURE ──"PROXY "──▶ FAMILY ──"U"──▶ UNKNOWN ──"NKNOWN"──▶ UNKNOWN_END ──SP──▶ IGNORED ──CR──┐
 *                              │ "T"                                   └─────────────CR─────────────┤
 *                              ▼                                                                    │
 *                             TCP ──"CP"──▶ IP_VERSION ──"4" or "6"──▶ SOURCE_SP                    │
 *                                                                          │ SP                     │
 *        ┌─────────────────────────────────────────────────────────────────┘                        ▼
 *        ▼                                                                                       LINE_LF
 *     SOURCE ──SP──▶ DESTINATION ──SP──▶ SOURCE_PORT ──SP──▶ DESTINATION_PORT ──CR─────────────────▲ │ LF
 *                                                                                                    ▼
 *                                                                                                complete
 */
const SIGNATURE = 0
const FAMILY = 1
const UNKNOWN = 2
const UNKNOWN_END = 3
const IGNORED = 4
const TCP = 5
const IP_VERSION = 6
const SOURCE_SP = 7
const SOURCE = 8
const DESTINATION = 9
const SOURCE_PORT = 10
const DESTINATION_PORT = 11
const LINE_LF = 12
// biome-ignore format: a set
type State = typeof SIGNATURE | typeof FAMILY | typeof UNKNOWN | typeof UNKNOWN_END | typeof IGNORED | typeof TCP | typeof IP_VERSION | typeof SOURCE_SP |
  typeof SOURCE | typeof DESTINATION | typeof SOURCE_PORT | typeof DESTINATION_PORT | typeof LINE_LF

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const DIGIT_0 = 0x30
const DIGIT_4 = 0x34
const DIGIT_6 = 0x36
const LETTER_T = 0x54
const LETTER_U = 0x55

/** §2.1: the longest line, with its CRLF. */
const LINE_BYTES_MAX = 107
const PORT_MAX = 65_535

const PROXY_SP = 'PROXY '
const REST_OF_TCP = 'CP'
const REST_OF_UNKNOWN = 'NKNOWN'

export class ProxyV1Parser {
  at = 0
  /** After `refused`. */
  code!: ProxyErrorCode

  #state: State = SIGNATURE
  #length = 0
  /** How much has come of the word at hand. */
  #matched = 0
  #ipVersion: 4 | 6 = 4
  #address: AddressText = new AddressText(4)
  #port = 0
  #portDigits = 0
  #source = ''
  #sourcePort = 0
  #isTold = false

  /** After `complete`: undefined where the line does not tell. */
  get client(): ProxiedClient | undefined {
    return this.#isTold ? { address: this.#source, port: this.#sourcePort } : undefined
  }

  run(bytes: Uint8Array, from: number, to: number): Outcome {
    for (let at = from; at < to; at++) {
      if (this.#length === LINE_BYTES_MAX) return this.#refuse('proxy-v1-too-long', at)
      this.#length++
      const byte = bytes[at]!
      if (this.#state === LINE_LF) {
        if (byte !== LF) return this.#refuse('proxy-v1-line-end', at)
        this.at = at + 1
        return 'complete'
      }
      const code = this.#take(byte)
      if (code !== undefined) return this.#refuse(code, at)
    }
    this.at = to
    return 'partial'
  }

  #refuse(code: ProxyErrorCode, at: number): 'refused' {
    this.code = code
    this.at = at
    return 'refused'
  }

  /** Why a byte is refused, if it is. */
  #take(byte: number): ProxyErrorCode | undefined {
    switch (this.#state) {
      case SIGNATURE:
        return this.#match(PROXY_SP, byte, FAMILY) ? undefined : 'proxy-header-missing'
      case FAMILY:
        if (byte !== LETTER_T && byte !== LETTER_U) return 'proxy-v1-family'
        this.#state = byte === LETTER_T ? TCP : UNKNOWN
        return undefined
      case UNKNOWN:
        return this.#match(REST_OF_UNKNOWN, byte, UNKNOWN_END) ? undefined : 'proxy-v1-family'
      case UNKNOWN_END:
        if (byte !== SP && byte !== CR) return byte === LF ? 'proxy-v1-line-end' : 'proxy-v1-family'
        this.#state = byte === SP ? IGNORED : LINE_LF
        return undefined
      case IGNORED:
        // §2.1: all is ignored up to CRLF, and neither of the two may stand alone.
        if (byte === LF) return 'proxy-v1-line-end'
        if (byte === CR) this.#state = LINE_LF
        return undefined
      case TCP:
        return this.#match(REST_OF_TCP, byte, IP_VERSION) ? undefined : 'proxy-v1-family'
      case IP_VERSION:
        if (byte !== DIGIT_4 && byte !== DIGIT_6) return 'proxy-v1-family'
        this.#ipVersion = byte === DIGIT_4 ? 4 : 6
        this.#state = SOURCE_SP
        return undefined
      case SOURCE_SP:
        if (byte !== SP) return 'proxy-v1-family'
        this.#startAddress(SOURCE)
        return undefined
      case SOURCE:
      case DESTINATION:
        return this.#takeAddress(byte)
      case SOURCE_PORT:
      case DESTINATION_PORT:
        return this.#takePort(byte)
      case LINE_LF:
        return undefined
    }
  }

  #match(word: string, byte: number, next: State): boolean {
    if (word.charCodeAt(this.#matched) !== byte) return false
    this.#matched++
    if (this.#matched === word.length) {
      this.#matched = 0
      this.#state = next
    }
    return true
  }

  #startAddress(state: typeof SOURCE | typeof DESTINATION): void {
    this.#address = new AddressText(this.#ipVersion)
    this.#state = state
  }

  #takeAddress(byte: number): ProxyErrorCode | undefined {
    if (byte !== SP) return this.#address.take(byte) ? undefined : 'proxy-v1-address'
    const address = this.#address.end()
    if (address === undefined) return 'proxy-v1-address'
    if (this.#state === SOURCE) {
      this.#source = address
      this.#startAddress(DESTINATION)
    } else this.#state = SOURCE_PORT
    return undefined
  }

  #takePort(byte: number): ProxyErrorCode | undefined {
    const digit = byte - DIGIT_0
    if (digit >= 0 && digit <= 9) {
      if (this.#portDigits > 0 && this.#port === 0) return 'proxy-v1-port'
      this.#port = this.#port * 10 + digit
      this.#portDigits++
      return this.#port > PORT_MAX ? 'proxy-v1-port' : undefined
    }
    if (this.#portDigits === 0) return 'proxy-v1-port'
    if (this.#state === SOURCE_PORT) {
      if (byte !== SP) return 'proxy-v1-port'
      this.#sourcePort = this.#port
      this.#port = 0
      this.#portDigits = 0
      this.#state = DESTINATION_PORT
      return undefined
    }
    if (byte !== CR) return byte === LF ? 'proxy-v1-line-end' : 'proxy-v1-port'
    this.#isTold = true
    this.#state = LINE_LF
    return undefined
  }
}
