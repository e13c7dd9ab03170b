import { isIPv4 } from 'node:net'

/**
 * Returns an address in the form of RFC 5952, which is the form that `URL` gives IPv6 addresses. A
 * mapped address (`::ffff:192.0.2.1`) becomes its IPv4 address.
 */
export function canonical(address: string): string {
  if (isIPv4(address)) return address
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(text) ?? []
  if (high === undefined || low === undefined) return text
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}
