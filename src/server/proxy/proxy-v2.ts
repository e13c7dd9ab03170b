import { Crc32c } from './crc32c.ts'
import { formatIpv4, formatIpv6 } from './ip-address.ts'
import type { Outcome } from './outcome.ts'
import { type ProxiedClient, UNIX_CLIENT } from './proxied-client.ts'
import type { ProxyErrorCode } from './proxy-error.ts'

/*
 * Version 2 of the PROXY protocol, a block of bytes: proxy-protocol.txt §2.2. Each state is named for what it awaits.
 *
 *   SIGNATURE ──12 bytes──▶ COMMAND ─▶ FAMILY ─▶ LENGTH_HIGH ─▶ LENGTH_LOW ──LOCAL or UNSPEC──▶ SKIPPED ──▶ complete
 *                                                                   │ addresses                    (all of it)
 *                                                                   ▼
 *                         ┌───────────────────────────────────── ADDRESSES
 *                         ▼
 *    complete ◀──end── TLV_TYPE ─▶ TLV_LENGTH_HIGH ─▶ TLV_LENGTH_LOW ─▶ TLV_VALUE or, of type 3, CHECKSUM
 *                         ▲                                                 │ all of it
 *                         └─────────────────────────────────────────────────┘
 */
const SIGNATURE = 0
const COMMAND = 1
const FAMILY = 2
const LENGTH_HIGH = 3
const LENGTH_LOW = 4
const SKIPPED = 5
const ADDRESSES = 6
const TLV_TYPE = 7
const TLV_LENGTH_HIGH = 8
const TLV_LENGTH_LOW = 9
const TLV_VALUE = 10
const CHECKSUM = 11
// biome-ignore format: a set
type State = typeof SIGNATURE | typeof COMMAND | typeof FAMILY | typeof LENGTH_HIGH | typeof LENGTH_LOW | typeof SKIPPED | typeof ADDRESSES |
  typeof TLV_TYPE | typeof TLV_LENGTH_HIGH | typeof TLV_LENGTH_LOW | typeof TLV_VALUE | typeof CHECKSUM

const SIGNATURE_BYTES = Uint8Array.of(
  0x0d,
  0x0a,
  0x0d,
  0x0a,
  0x00,
  0x0d,
  0x0a,
  0x51,
  0x55,
  0x49,
  0x54,
  0x0a,
)
const FIXED_BYTES = 16
/** Certificates of clients make headers of some hundred bytes; the format alone would allow 65 551. */
const HEADER_BYTES_MAX = 4096

const LOCAL = 0x20
const PROXY = 0x21
const INET = 1
const INET6 = 2
const FAMILY_MAX = 3
const STREAM = 1
const TRANSPORT_MAX = 2
/** Of both addresses and, but for UNIX, both ports; by family. */
const ADDRESS_BYTES = [0, 12, 36, 216] as const
/** As many as are read; paths of UNIX sockets are not. */
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
  /** What is still to come: of the header, and of its part at hand. */
  #left = 0
  #partLeft = 0
  readonly #addresses = new Uint8Array(KEPT_BYTES)
  #addressBytes = 0
  #tlvType = 0
  #tlvLength = 0
  readonly #crc = new Crc32c()
  /** As the header tells it. */
  #checksum: number | undefined

  /** After `complete`: undefined where the header does not tell, or of something else than a stream. */
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
        return UNIX_CLIENT
    }
  }

  #portAt(at: number): number {
    return this.#addresses[at]! * 256 + this.#addresses[at + 1]!
  }

  run(bytes: Uint8Array, from: number, to: number): Outcome {
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!
      this.#crc.take(this.#state === CHECKSUM ? 0 : byte)
      const isOfBlock = this.#state >= SKIPPED
      const code = this.#take(byte)
      if (code !== undefined) return this.#refuse(code, at)
      if (isOfBlock) this.#left--
      if (this.#state < SKIPPED || this.#left > 0) continue
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

  /** Why a byte is refused, if it is. `left` still counts it. */
  #take(byte: number): ProxyErrorCode | undefined {
    switch (this.#state) {
      case SIGNATURE:
        if (byte !== SIGNATURE_BYTES[this.#matched]) return 'proxy-header-missing'
        this.#matched++
        if (this.#matched === SIGNATURE_BYTES.length) this.#state = COMMAND
        return undefined
      case COMMAND:
        if (byte !== LOCAL && byte !== PROXY) return 'proxy-v2-command'
        this.#isLocal = byte === LOCAL
        this.#state = FAMILY
        return undefined
      case FAMILY:
        this.#family = byte >> 4
        this.#transport = byte & 0x0f
        // §2.2: of a LOCAL connection the family is ignored.
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
        return this.#startBlock()
      case SKIPPED:
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
        return this.#startValue()
      case TLV_VALUE:
        this.#partLeft--
        return this.#partLeft === 0 ? this.#startTlv() : undefined
      case CHECKSUM:
        this.#checksum = this.#checksum! * 256 + byte
        this.#partLeft--
        return this.#partLeft === 0 ? this.#startTlv() : undefined
    }
  }

  #startBlock(): ProxyErrorCode | undefined {
    if (this.#left > HEADER_BYTES_MAX - FIXED_BYTES) return 'proxy-v2-too-long'
    // §2.2: what an unspecified family or transport brings is of no known form.
    if (this.#isLocal || this.#family === 0 || this.#transport === 0) {
      this.#state = SKIPPED
      return undefined
    }
    this.#partLeft = ADDRESS_BYTES[this.#family]!
    if (this.#left < this.#partLeft) return 'proxy-v2-too-short'
    this.#state = ADDRESSES
    return undefined
  }

  /** The byte before it is at hand. */
  #startTlv(): ProxyErrorCode | undefined {
    this.#state = TLV_TYPE
    const left = this.#left - 1
    return left === 0 || left >= TLV_HEAD_BYTES ? undefined : 'proxy-v2-tlv'
  }

  #startValue(): ProxyErrorCode | undefined {
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
