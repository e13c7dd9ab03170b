import { isIP } from 'node:net'
import type { ProxiedClient, ProxyErrorCode, ProxyRunResult } from './proxy-result.ts'
import { parseIpAddress } from './remote-address.ts'

/*
 * Version 1 of the PROXY protocol, a line of text: proxy-protocol.txt §2.1. Each state is named
 * for what it awaits.
 *
 *   PREFIX ──"PROXY UNKNOWN"──▶ UNKNOWN_END ──SP──▶ IGNORED
 *     │ "PROXY TCP4 " or               │ CR            │ CR
 *     │ "PROXY TCP6 "                  ├───────────────┘
 *     ▼                                ▼
 *   SOURCE                          LINE_LF ──LF──▶ complete
 *     │ SP                             ▲
 *     ▼                                │ CR
 *   DESTINATION ──SP──▶ SOURCE_PORT ──SP──▶ DESTINATION_PORT
 */
const PREFIX = 0
const UNKNOWN_END = 1
const IGNORED = 2
const SOURCE = 3
const DESTINATION = 4
const SOURCE_PORT = 5
const DESTINATION_PORT = 6
const LINE_LF = 7
// biome-ignore format: a set
type State = typeof PREFIX | typeof UNKNOWN_END | typeof IGNORED | typeof SOURCE |
  typeof DESTINATION | typeof SOURCE_PORT | typeof DESTINATION_PORT | typeof LINE_LF

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const DIGIT_0 = 0x30

/** §2.1: the longest line, with its CRLF. */
const LINE_BYTES_MAX = 107
const PORT_MAX = 65_535

const SIGNATURE = 'PROXY '
const TCP4 = 'PROXY TCP4 '
const TCP6 = 'PROXY TCP6 '
const UNKNOWN = 'PROXY UNKNOWN'
const PREFIXES = [TCP4, TCP6, UNKNOWN]

/*
 * Patterns for the beginnings of addresses. With them the parser refuses the first wrong byte
 * without waiting for the rest of the address, which `isIP` then checks.
 */
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4_START = `(?:${OCTET}\\.){0,3}(?:${OCTET})?`
const GROUP = '[\\da-f]{1,4}'
/** A ninth group, or an IPv4 address behind more than six groups. */
const IPV6_TOO_LONG = ':*(?:\\w+:+){8}\\w|:*(?:\\w+:+){7}\\w+\\.'
/** A single colon, or groups behind at most one `::`, the last one maybe an IPv4 address. */
const IPV6_START = `:|(?:(?:(?:${GROUP}:)+|:):)?(?:${GROUP}:)*(?:${GROUP}|${IPV4_START})?`
const ADDRESS_START = {
  4: new RegExp(`^${IPV4_START}$`),
  6: new RegExp(`^(?!${IPV6_TOO_LONG})(?:${IPV6_START})$`, 'i'),
} as const

export class ProxyV1Parser {
  at = 0
  /** After `refused`. */
  code!: ProxyErrorCode

  #state: State = PREFIX
  #length = 0
  /** The characters read of the prefix or of an address. */
  #text = ''
  #ipVersion: 4 | 6 = 4
  #source = ''
  #sourcePort = 0
  /** The value of the digits read of a port; undefined before the first one. */
  #port: number | undefined
  #client: ProxiedClient | undefined

  /** After `complete`: the client, or undefined if the line names none. */
  get client(): ProxiedClient | undefined {
    return this.#client
  }

  run(bytes: Uint8Array, from: number, to: number): ProxyRunResult {
    for (let at = from; at < to; at++) {
      if (this.#length === LINE_BYTES_MAX) return this.#refuse('proxy-v1-too-long', at)
      this.#length++
      const byte = bytes[at]!
      if (this.#state === LINE_LF) {
        if (byte !== LF) return this.#refuse('proxy-v1-line-end', at)
        this.at = at + 1
        return 'complete'
      }
      const code = this.#advance(byte)
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

  /** @returns why the byte is refused, or undefined if it is not. */
  #advance(byte: number): ProxyErrorCode | undefined {
    switch (this.#state) {
      case PREFIX:
        return this.#addToPrefix(byte)
      case UNKNOWN_END:
        if (byte !== SP && byte !== CR) return byte === LF ? 'proxy-v1-line-end' : 'proxy-v1-family'
        this.#state = byte === SP ? IGNORED : LINE_LF
        return undefined
      case IGNORED:
        // §2.1: everything is ignored up to CRLF. Neither a bare CR nor a bare LF is accepted.
        if (byte === LF) return 'proxy-v1-line-end'
        if (byte === CR) this.#state = LINE_LF
        return undefined
      case SOURCE:
      case DESTINATION:
        return this.#addToAddress(byte)
      case SOURCE_PORT:
      case DESTINATION_PORT:
        return this.#addToPort(byte)
      case LINE_LF:
        return undefined
    }
  }

  #addToPrefix(byte: number): ProxyErrorCode | undefined {
    this.#text += String.fromCharCode(byte)
    const text = this.#text
    if (!PREFIXES.some(prefix => prefix.startsWith(text)))
      return text.length <= SIGNATURE.length ? 'proxy-header-missing' : 'proxy-v1-family'
    if (!PREFIXES.includes(text)) return undefined
    this.#ipVersion = text === TCP6 ? 6 : 4
    this.#state = text === UNKNOWN ? UNKNOWN_END : SOURCE
    this.#text = ''
    return undefined
  }

  #addToAddress(byte: number): ProxyErrorCode | undefined {
    if (byte !== SP) {
      this.#text += String.fromCharCode(byte)
      return ADDRESS_START[this.#ipVersion].test(this.#text) ? undefined : 'proxy-v1-address'
    }
    if (isIP(this.#text) !== this.#ipVersion) return 'proxy-v1-address'
    if (this.#state === SOURCE) this.#source = this.#text
    this.#state = this.#state === SOURCE ? DESTINATION : SOURCE_PORT
    this.#text = ''
    return undefined
  }

  #addToPort(byte: number): ProxyErrorCode | undefined {
    const digit = byte - DIGIT_0
    if (digit >= 0 && digit <= 9) {
      // A leading zero.
      if (this.#port === 0) return 'proxy-v1-port'
      this.#port = (this.#port ?? 0) * 10 + digit
      return this.#port > PORT_MAX ? 'proxy-v1-port' : undefined
    }
    if (this.#port === undefined) return 'proxy-v1-port'
    if (this.#state === SOURCE_PORT) {
      if (byte !== SP) return 'proxy-v1-port'
      this.#sourcePort = this.#port
      this.#port = undefined
      this.#state = DESTINATION_PORT
      return undefined
    }
    if (byte !== CR) return byte === LF ? 'proxy-v1-line-end' : 'proxy-v1-port'
    this.#client = { address: parseIpAddress(this.#source)!, port: this.#sourcePort }
    this.#state = LINE_LF
    return undefined
  }
}
