import type { RequestHead } from '../../parser/index.ts'
import type { Config } from '../config/settings.ts'
import { clientAddress, type ForwardedField } from './index.ts'
import { Networks } from './networks.ts'

/** Proxies that are believed in what they say of their clients. */
export class TrustedProxies {
  readonly #networks: Networks
  readonly #field: ForwardedField
  readonly #includes: (address: string) => boolean

  /** Undefined where none is believed. */
  static of({ trustedProxies, forwardedField }: Config): TrustedProxies | undefined {
    const networks = Networks.of(trustedProxies)
    return networks && new TrustedProxies(networks, forwardedField)
  }

  private constructor(networks: Networks, field: ForwardedField) {
    this.#networks = networks
    this.#field = field
    this.#includes = address => networks.includes(address)
  }

  /** Who asks in a request that came from an address. */
  clientAddress(remote: string, head: RequestHead): string {
    if (!this.#networks.includes(remote)) return remote
    const value = head.field(this.#field)
    return value === undefined
      ? remote
      : (clientAddress(value, this.#field, this.#includes) ?? remote)
  }
}
