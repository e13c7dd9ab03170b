import { isIPv4, isIPv6 } from 'node:net'
import { crc32cOf } from '../generators/crc32c.ts'
import { canonical } from '../generators/ip-address.ts'
import { textOf } from '../generators/latin1.ts'

/** A complete header: its length in bytes, and the client that it names. */
export type ReferenceProxyHeader = {
  readonly length: number
  readonly client: { readonly address: string; readonly port: number } | undefined
}

const LINE =
  /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|(TCP4|TCP6) ([^ \r\n]+) ([^ \r\n]+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4}))\r\n/
const LINE_BYTES_MAX = 107
const PORT_MAX = 65_535

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const HEADER_BYTES_MAX = 4096
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 12, 2: 36, 3: 216 }

/**
 * Returns the PROXY header at the start of `bytes` (HAProxy's proxy-protocol.txt); undefined if
 * there is no complete, valid one.
 */
export function referenceProxyHeader(bytes: Uint8Array): ReferenceProxyHeader | undefined {
  return readLine(textOf(bytes.subarray(0, LINE_BYTES_MAX))) ?? readBlock(bytes)
}

function readLine(text: string): ReferenceProxyHeader | undefined {
  const match = LINE.exec(text)
  if (match === null) return undefined
  const [{ length }, family, source = '', destination = '', sourcePort, destinationPort] = match
  if (family === undefined) return { length, client: undefined }
  const isAddressOfFamily =
    family === 'TCP4' ? isIPv4 : (text: string) => isIPv6(text) && !text.includes('%')
  if (!isAddressOfFamily(source) || !isAddressOfFamily(destination)) return undefined
  if (Number(sourcePort) > PORT_MAX || Number(destinationPort) > PORT_MAX) return undefined
  return { length, client: { address: canonical(source), port: Number(sourcePort) } }
}

function readBlock(bytes: Uint8Array): ReferenceProxyHeader | undefined {
  if (bytes.length < 16 || textOf(bytes.subarray(0, 12)) !== SIGNATURE) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [command, family, transport] = [bytes[12]!, bytes[13]! >> 4, bytes[13]! & 15]
  const length = 16 + view.getUint16(14)
  const header = bytes.slice(0, length)
  if ((command !== 0x20 && command !== 0x21) || length > HEADER_BYTES_MAX || header.length < length)
    return undefined
  if (command === 0x20) return { length, client: undefined }
  if (family > 3 || transport > 2) return undefined
  if (family === 0 || transport === 0) return { length, client: undefined }
  const end = 16 + ADDRESS_BYTES[family]!
  if (length < end || !areTlvsValid(header, end)) return undefined
  if (transport === 2) return { length, client: undefined }
  if (family === 3) return { length, client: { address: 'unix:', port: 0 } }
  const address = family === 1 ? header.slice(16, 20).join('.') : canonical(ipv6Text(view))
  return { length, client: { address, port: view.getUint16(family === 1 ? 24 : 48) } }
}

function ipv6Text(view: DataView): string {
  return Array.from({ length: 8 }, (_, i) => view.getUint16(16 + 2 * i).toString(16)).join(':')
}

/** Returns whether the rest is TLVs, and the checksum, if there is one, is right. */
function areTlvsValid(header: Uint8Array, from: number): boolean {
  const zeroed = header.slice()
  let checksum: number | undefined
  let at = from
  while (at + 3 <= header.length) {
    const size = header[at + 1]! * 256 + header[at + 2]!
    if (header[at] === 3) {
      if (size !== 4 || checksum !== undefined || at + 7 > header.length) return false
      checksum = new DataView(header.buffer).getUint32(at + 3)
      zeroed.fill(0, at + 3, at + 7)
    }
    at += 3 + size
  }
  return at === header.length && (checksum === undefined || checksum === crc32cOf(zeroed))
}
