import { isIP } from 'node:net'

/** The remote address of every client on a UNIX socket: these clients have no IP address. */
export const UNIX_ADDRESS = 'unix:'

/** An IPv4-mapped address (RFC 4291 §2.5.5.2) as URL writes it: two groups for the IPv4 address. */
const MAPPED_IPV4 = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/

/**
 * Returns an IP address in its canonical form, so that equal addresses are equal strings:
 * RFC 5952 §4 for IPv6, and the IPv4 address for an IPv4-mapped IPv6 address.
 *
 * @returns undefined if the text is not an address, or has a zone: it has no meaning elsewhere.
 */
export function parseIpAddress(text: string): string | undefined {
  if (text.includes('%')) return undefined
  switch (isIP(text)) {
    case 4:
      return text
    case 6:
      return canonicalIpv6(text)
    default:
      return undefined
  }
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.')
}

export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!)
  return canonicalIpv6(groups.map(group => group.toString(16)).join(':'))
}

/** URL implements RFC 5952 §4. `SocketAddress` does not: it writes ::c000:201 as ::192.0.2.1. */
function canonicalIpv6(address: string): string {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = MAPPED_IPV4.exec(text) ?? []
  if (high === undefined || low === undefined) return text
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255].join('.')
}
