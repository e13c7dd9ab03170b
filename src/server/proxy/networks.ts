import { BlockList, isIP } from 'node:net'
import { UNIX_ADDRESS } from './index.ts'

/** Addresses and networks as they are written, and `unix` for all that come by a UNIX socket. */
export class Networks {
  readonly #list = new BlockList()
  readonly #hasUnix: boolean

  /** Undefined for none. */
  static of(written: readonly string[]): Networks | undefined {
    return written.length === 0 ? undefined : new Networks(written)
  }

  private constructor(written: readonly string[]) {
    this.#hasUnix = written.includes('unix')
    for (const text of written) {
      const [address, bits] = text.split('/')
      if (address === undefined || text === 'unix') continue
      const family = address.includes(':') ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(bits), family)
    }
  }

  /** An IPv4 address that is mapped into IPv6 is that address. */
  includes(remote: string): boolean {
    if (remote === UNIX_ADDRESS) return this.#hasUnix
    // A link-local address comes with its zone.
    const [address = ''] = remote.split('%')
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
