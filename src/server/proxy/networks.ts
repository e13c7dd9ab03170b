import { BlockList, isIP } from 'node:net'
import { UNIX_ADDRESS } from './remote-address.ts'

/** A set of IP addresses and networks, and maybe of all clients on UNIX sockets. */
export class Networks {
  readonly #list = new BlockList()
  readonly #hasUnix: boolean

  /**
   * @param entries addresses, networks such as `10.0.0.0/8`, and `unix`, all of them valid
   * @returns undefined if there are no entries
   */
  static of(entries: readonly string[]): Networks | undefined {
    return entries.length === 0 ? undefined : new Networks(entries)
  }

  private constructor(entries: readonly string[]) {
    this.#hasUnix = entries.includes('unix')
    for (const entry of entries) {
      const [address, bits] = entry.split('/')
      if (address === undefined || entry === 'unix') continue
      const family = address.includes(':') ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(bits), family)
    }
  }

  /**
   * Whether a remote address is in the set. An IPv4-mapped IPv6 address counts as the IPv4
   * address; text that is not an address is in no set.
   */
  includes(remoteAddress: string): boolean {
    if (remoteAddress === UNIX_ADDRESS) return this.#hasUnix
    // The kernel reports a link-local address with its zone.
    const [address = ''] = remoteAddress.split('%')
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
