import { UNIX_ADDRESS } from './index.ts'

const GROUPS_OF_NETWORK = 4
const GROUPS = 8
const MAPPED = '::ffff:'

/** How many connections each address has. An IPv6 network of 64 bits counts as one: whoever has one address of it has them all. */
export class ConnectionLimiter {
  readonly #counts = new Map<string, number>()
  readonly #max: number

  /** `max`: connections of one address, 0 for any number. */
  constructor(max: number) {
    this.#max = max
  }

  /** Counts a connection in. False, and not counted: its address has as many as it may. A socket without an address is not counted. */
  acquire(address: string): boolean {
    if (!this.#isCounted(address)) return true
    const network = networkOf(address)
    const count = this.#counts.get(network) ?? 0
    if (count >= this.#max) return false
    this.#counts.set(network, count + 1)
    return true
  }

  /** Counts one out that was taken. */
  release(address: string): void {
    if (!this.#isCounted(address)) return
    const network = networkOf(address)
    const count = this.#counts.get(network) ?? 0
    if (count > 1) this.#counts.set(network, count - 1)
    else this.#counts.delete(network)
  }

  #isCounted(address: string): boolean {
    return this.#max > 0 && address !== '' && address !== UNIX_ADDRESS
  }

  /** Addresses with connections. */
  get size(): number {
    return this.#counts.size
  }
}

/** An IPv4 address as it is, an IPv6 one without what follows its first 64 bits. As the system writes them: RFC 5952. */
export function networkOf(address: string): string {
  if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length)
  if (!address.includes(':')) return address
  const [before = '', after] = address.split('::')
  const left = groupsOf(before)
  const right = groupsOf(after ?? '')
  const zeros = after === undefined ? 0 : GROUPS - left.length - right.length
  const groups = [...left, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...right]
  return groups.slice(0, GROUPS_OF_NETWORK).join(':')
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
