import { UNIX_ADDRESS } from './remote-address.ts'

/**
 * Limits the connections of each address. All addresses of an IPv6 /64 count as one, because a
 * client that has one of them usually has them all.
 */
export class ConnectionLimiter {
  readonly #counts = new Map<string, number>()
  readonly #max: number

  /** @param max connections of one address; 0 for no limit */
  constructor(max: number) {
    this.#max = max
  }

  /**
   * Counts a new connection. Connections without an IP address are not limited.
   *
   * @returns false, and does not count it, if its address has reached the limit.
   */
  acquire(address: string): boolean {
    if (!this.#isLimited(address)) return true
    const key = limiterKey(address)
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#max) return false
    this.#counts.set(key, count + 1)
    return true
  }

  /** Call this once for each `acquire()` that returned true, when the connection has closed. */
  release(address: string): void {
    if (!this.#isLimited(address)) return
    const key = limiterKey(address)
    const count = this.#counts.get(key) ?? 0
    if (count > 1) this.#counts.set(key, count - 1)
    else this.#counts.delete(key)
  }

  #isLimited(address: string): boolean {
    return this.#max > 0 && address !== '' && address !== UNIX_ADDRESS
  }

  /** The number of addresses that have connections. */
  get size(): number {
    return this.#counts.size
  }
}

/**
 * Returns the IPv4 address, or the first 64 bits of the IPv6 address.
 *
 * @param address in canonical form (RFC 5952), as the kernel and `parseIpAddress` write it
 */
export function limiterKey(address: string): string {
  const unmapped = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!unmapped.includes(':')) return unmapped
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [left = [], right = []] = unmapped.split('::').map(groupsOf)
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
