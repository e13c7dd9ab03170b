import { type ProxiedClient, type ProxyHeaderResult, refuse } from './proxy-result.ts'
import { formatIpv4, formatIpv6, UNIX_ADDRESS } from './remote-address.ts'

/*
 * Version 2 of the PROXY protocol, binary: proxy-protocol.txt §2.2.
 *
 *   0  signature, 12 bytes          16  addresses and ports, as the family requires
 *  12  version and command              TLVs: type, 2 bytes of length, value; up to the end
 *  13  family and transport
 *  14  length of what follows, 2 bytes
 */
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const FIXED_BYTES = 16
/**
 * Headers with the certificates of clients have some hundred bytes. The format allows 65 551, which
 * no connection needs.
 */
export const HEADER_BYTES_MAX = 4096

const LOCAL = 0x20
const PROXY = 0x21
const INET = 1
const INET6 = 2
const FAMILY_MAX = 3
const STREAM = 1
const TRANSPORT_MAX = 2
/** By family: both addresses and, except for UNIX, both ports. */
const ADDRESS_BYTES = [0, 12, 36, 216] as const

const TLV_HEAD_BYTES = 3
const CRC32C = 3
const CRC32C_BYTES = 4

/** Refuses a header at its first wrong byte, reads nothing behind it, and no value but a CRC32c. */
export function parseProxyV2(bytes: Uint8Array): ProxyHeaderResult {
  const { length } = bytes
  for (let at = 0; at < Math.min(length, SIGNATURE.length); at++)
    if (bytes[at] !== SIGNATURE.charCodeAt(at)) return refuse('proxy-header-missing', at)
  const command = length > 12 ? bytes[12]! : PROXY
  if (command !== LOCAL && command !== PROXY) return refuse('proxy-v2-command', 12)
  const isLocal = command === LOCAL
  const familyAndTransport = length > 13 ? bytes[13]! : 0
  const family = familyAndTransport >> 4
  const transport = familyAndTransport & 0x0f
  // §2.2: the family of a LOCAL connection is ignored.
  if (!isLocal && (family > FAMILY_MAX || transport > TRANSPORT_MAX))
    return refuse('proxy-v2-family', 13)
  if (length < FIXED_BYTES) return 'partial'
  const end = FIXED_BYTES + uint16At(bytes, 14)
  if (end > HEADER_BYTES_MAX) return refuse('proxy-v2-too-long', 15)
  // §2.2: with LOCAL, or an unspecified family or transport, the rest of the header is ignored.
  if (isLocal || family === 0 || transport === 0)
    return length < end ? 'partial' : { status: 'complete', at: end, client: undefined }

  let at = FIXED_BYTES + ADDRESS_BYTES[family]!
  if (at > end) return refuse('proxy-v2-too-short', 15)
  let checksumAt: number | undefined
  while (at < end && at <= length) {
    if (at + TLV_HEAD_BYTES > end) return refuse('proxy-v2-tlv', at - 1)
    if (at + TLV_HEAD_BYTES > length) return 'partial'
    const valueAt = at + TLV_HEAD_BYTES
    const valueBytes = uint16At(bytes, at + 1)
    const isChecksum = bytes[at] === CRC32C
    const isWrongChecksum = isChecksum && (valueBytes !== CRC32C_BYTES || checksumAt !== undefined)
    if (valueAt + valueBytes > end || isWrongChecksum) return refuse('proxy-v2-tlv', valueAt - 1)
    if (isChecksum) checksumAt = valueAt
    at = valueAt + valueBytes
  }
  if (length < end) return 'partial'
  if (checksumAt !== undefined && !isIntact(bytes, end, checksumAt))
    return refuse('proxy-v2-checksum', end - 1)
  // The client of a datagram is not the client of this stream.
  const client = transport === STREAM ? clientOf(bytes, family) : undefined
  return { status: 'complete', at: end, client }
}

function clientOf(bytes: Uint8Array, family: number): ProxiedClient {
  if (family === INET)
    return { address: formatIpv4(bytes.subarray(16, 20)), port: uint16At(bytes, 24) }
  if (family === INET6)
    return { address: formatIpv6(bytes.subarray(16, 32)), port: uint16At(bytes, 48) }
  return { address: UNIX_ADDRESS, port: 0 }
}

function uint16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!
}

/** The polynomial of CRC32c (Castagnoli) with its bits reversed: RFC 9260 appendix A. */
const POLYNOMIAL = 0x82f63b78

/**
 * Checks the CRC32c of a header. `crc32` of node:zlib has another polynomial. There is no table of
 * the bytes: it takes 3 ms at start, and headers are short.
 */
function isIntact(bytes: Uint8Array, end: number, checksumAt: number): boolean {
  let crc = 0xffffffff
  for (let at = 0; at < end; at++) {
    // §2.2.4: the checksum is computed with its own four bytes as zeros.
    const isZero = at >= checksumAt && at < checksumAt + CRC32C_BYTES
    crc ^= isZero ? 0 : bytes[at]!
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  }
  const checksum = uint16At(bytes, checksumAt) * 65_536 + uint16At(bytes, checksumAt + 2)
  return checksum === ~crc >>> 0
}
