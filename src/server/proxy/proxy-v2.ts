import { Crc32c } from './crc32c.ts'
import type { ProxiedClient, ProxyErrorCode, ProxyRunResult } from './proxy-result.ts'
import { formatIpv4, formatIpv6, UNIX_ADDRESS } from './remote-address.ts'

/*
 * Version 2 of the PROXY protocol, binary: proxy-protocol.txt §2.2. Each state is named for what
 * it awaits. "end" is the end of the header, which its length field gives.
 *
 *   SIGNATURE ──12 bytes──▶ COMMAND ─▶ FAMILY ─▶ LENGTH_HIGH ─▶ LENGTH_LOW
 *                                                                   │
 *      complete ◀──end── IGNORED ◀──LOCAL or UNSPEC─────────────────┤
 *                                                                   │ PROXY
 *      complete ◀──end── TLV_TYPE ◀──all addresses── ADDRESSES ◀────┘
 *                        │     ▲
 *                        │     └───────────all bytes────────────┐
 *                        ▼                                      │
 *       TLV_LENGTH_HIGH ─▶ TLV_LENGTH_LOW ─▶ TLV_VALUE or CHECKSUM (type 3)
 */
const SIGNATURE = 0
const COMMAND = 1
const FAMILY = 2
const LENGTH_HIGH = 3
const LENGTH_LOW = 4
const IGNORED = 5
const ADDRESSES = 6
const TLV_TYPE = 7
const TLV_LENGTH_HIGH = 8
const TLV_LENGTH_LOW = 9
const TLV_VALUE = 10
const CHECKSUM = 11
// biome-ignore format: a set
type State = typeof SIGNATURE | typeof COMMAND | typeof FAMILY | typeof LENGTH_HIGH |
  typeof LENGTH_LOW | typeof IGNORED | typeof ADDRESSES | typeof TLV_TYPE |
  typeof TLV_LENGTH_HIGH | typeof TLV_LENGTH_LOW | typeof TLV_VALUE | typeof CHECKSUM

const SIGNATURE_TEXT = '\r\n\r\n\0\r\nQUIT\n'
/** The signature, the command, the family and the length. */
const FIXED_BYTES = 16
/**
 * Headers with the certificates of clients have some hundred bytes. The format allows 65 551, which
 * no connection needs.
 */
const HEADER_BYTES_MAX = 4096

const LOCAL = 0x20
const PROXY = 0x21
const INET = 1
const INET6 = 2
const FAMILY_MAX = 3
const STREAM = 1
const TRANSPORT_MAX = 2
/** By family: both addresses and, except for UNIX, both ports. */
const ADDRESS_BYTES = [0, 12, 36, 216] as const
/** The most that is kept of them: the paths of UNIX sockets are not used. */
const KEPT_BYTES = 36

const TLV_HEAD_BYTES = 3
const CRC32C = 3
const CRC32C_BYTES = 4

export class ProxyV2Parser {
  at = 0
  /** After `refused`. */
  code!: ProxyErrorCode

  #state: State = SIGNATURE
  #matched = 0
  #isLocal = false
  #family = 0
  #transport = 0
  /** The bytes still to come: of the header, and of its addresses or the value of a TLV. */
  #left = 0
  #partLeft = 0
  readonly #addresses = new Uint8Array(KEPT_BYTES)
  #addressBytes = 0
  #tlvType = 0
  #tlvLength = 0
  readonly #crc = new Crc32c()
  /** The checksum that the header contains, as far as it was read. */
  #checksum: number | undefined

  /** After `complete`: the client, or undefined if the header names none that uses a stream. */
  get client(): ProxiedClient | undefined {
    if (this.#isLocal || this.#transport !== STREAM) return undefined
    switch (this.#family) {
      case 0:
        return undefined
      case INET:
        return { address: formatIpv4(this.#addresses.subarray(0, 4)), port: this.#portAt(8) }
      case INET6:
        return { address: formatIpv6(this.#addresses.subarray(0, 16)), port: this.#portAt(32) }
      default:
        return { address: UNIX_ADDRESS, port: 0 }
    }
  }

  #portAt(at: number): number {
    return this.#addresses[at]! * 256 + this.#addresses[at + 1]!
  }

  run(bytes: Uint8Array, from: number, to: number): ProxyRunResult {
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!
      // §2.2.4: the checksum is computed with its own four bytes as zeros.
      this.#crc.update(this.#state === CHECKSUM ? 0 : byte)
      const isAfterFixed = this.#state >= IGNORED
      const code = this.#advance(byte)
      if (code !== undefined) return this.#refuse(code, at)
      if (isAfterFixed) this.#left--
      if (this.#state < IGNORED || this.#left > 0) continue
      if (this.#checksum !== undefined && this.#checksum !== this.#crc.value)
        return this.#refuse('proxy-v2-checksum', at)
      this.at = at + 1
      return 'complete'
    }
    this.at = to
    return 'partial'
  }

  #refuse(code: ProxyErrorCode, at: number): 'refused' {
    this.code = code
    this.at = at
    return 'refused'
  }

  /** @returns why the byte is refused, if it is. `#left` still counts this byte. */
  #advance(byte: number): ProxyErrorCode | undefined {
    switch (this.#state) {
      case SIGNATURE:
        if (byte !== SIGNATURE_TEXT.charCodeAt(this.#matched)) return 'proxy-header-missing'
        this.#matched++
        if (this.#matched === SIGNATURE_TEXT.length) this.#state = COMMAND
        return undefined
      case COMMAND:
        if (byte !== LOCAL && byte !== PROXY) return 'proxy-v2-command'
        this.#isLocal = byte === LOCAL
        this.#state = FAMILY
        return undefined
      case FAMILY:
        this.#family = byte >> 4
        this.#transport = byte & 0x0f
        // §2.2: the family of a LOCAL connection is ignored.
        if (!this.#isLocal && (this.#family > FAMILY_MAX || this.#transport > TRANSPORT_MAX))
          return 'proxy-v2-family'
        this.#state = LENGTH_HIGH
        return undefined
      case LENGTH_HIGH:
        this.#left = byte * 256
        this.#state = LENGTH_LOW
        return undefined
      case LENGTH_LOW:
        this.#left += byte
        return this.#startAddresses()
      case IGNORED:
        return undefined
      case ADDRESSES:
        if (this.#addressBytes < KEPT_BYTES) this.#addresses[this.#addressBytes++] = byte
        this.#partLeft--
        return this.#partLeft === 0 ? this.#startTlv() : undefined
      case TLV_TYPE:
        this.#tlvType = byte
        this.#state = TLV_LENGTH_HIGH
        return undefined
      case TLV_LENGTH_HIGH:
        this.#tlvLength = byte * 256
        this.#state = TLV_LENGTH_LOW
        return undefined
      case TLV_LENGTH_LOW:
        this.#tlvLength += byte
        return this.#startTlvValue()
      case TLV_VALUE:
        this.#partLeft--
        return this.#partLeft === 0 ? this.#startTlv() : undefined
      case CHECKSUM:
        this.#checksum = this.#checksum! * 256 + byte
        this.#partLeft--
        return this.#partLeft === 0 ? this.#startTlv() : undefined
    }
  }

  #startAddresses(): ProxyErrorCode | undefined {
    if (this.#left > HEADER_BYTES_MAX - FIXED_BYTES) return 'proxy-v2-too-long'
    // §2.2: with LOCAL, or an unspecified family or transport, the rest of the header is ignored.
    if (this.#isLocal || this.#family === 0 || this.#transport === 0) {
      this.#state = IGNORED
      return undefined
    }
    this.#partLeft = ADDRESS_BYTES[this.#family]!
    if (this.#left < this.#partLeft) return 'proxy-v2-too-short'
    this.#state = ADDRESSES
    return undefined
  }

  /** Called with the last byte before the TLV, which `#left` still counts. */
  #startTlv(): ProxyErrorCode | undefined {
    this.#state = TLV_TYPE
    const left = this.#left - 1
    return left === 0 || left >= TLV_HEAD_BYTES ? undefined : 'proxy-v2-tlv'
  }

  #startTlvValue(): ProxyErrorCode | undefined {
    if (this.#tlvLength > this.#left - 1) return 'proxy-v2-tlv'
    this.#partLeft = this.#tlvLength
    if (this.#tlvType === CRC32C) {
      if (this.#tlvLength !== CRC32C_BYTES || this.#checksum !== undefined) return 'proxy-v2-tlv'
      this.#checksum = 0
      this.#state = CHECKSUM
      return undefined
    }
    this.#state = TLV_VALUE
    return this.#tlvLength === 0 ? this.#startTlv() : undefined
  }
}
