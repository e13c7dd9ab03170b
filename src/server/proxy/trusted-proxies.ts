import type { RequestHead } from '../../parser/index.ts'
import type { Config } from '../config/config.ts'
import { clientAddress, type ForwardedField } from './forwarded.ts'
import { Networks } from './networks.ts'

/** The proxies whose Forwarded or X-Forwarded-For field is used. */
export class TrustedProxies {
  readonly #networks: Networks
  readonly #field: ForwardedField
  readonly #includes: (address: string) => boolean

  /** @returns undefined if no proxy is trusted. */
  static of({ trustedProxies, forwardedField }: Config): TrustedProxies | undefined {
    const networks = Networks.of(trustedProxies)
    return networks && new TrustedProxies(networks, forwardedField)
  }

  private constructor(networks: Networks, field: ForwardedField) {
    this.#networks = networks
    this.#field = field
    this.#includes = address => networks.includes(address)
  }

  /**
   * Returns the address of the client that made a request.
   *
   * @param remoteAddress the address of the connection; returned if it is not a trusted proxy's,
   *   or the field is missing or empty
   */
  clientAddress(remoteAddress: string, head: RequestHead): string {
    if (!this.#networks.includes(remoteAddress)) return remoteAddress
    const value = head.field(this.#field)
    return value === undefined
      ? remoteAddress
      : (clientAddress(value, this.#field, this.#includes) ?? remoteAddress)
  }
}
