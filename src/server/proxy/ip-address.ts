/*
 * IP addresses as text, RFC 4291 §2.2 and, of IPv4, four decimal numbers without heading zeroes: with them, 010 is 8 to some and 10
 * to others. No zone: it means something on one machine only.
 */

const DOT = 0x2e
const DIGIT_0 = 0x30
const COLON = 0x3a
const LETTER_A = 0x61

const GROUPS = 8
const GROUP_DIGITS_MAX = 4
const OCTETS = 4
const OCTET_MAX = 255
/** Groups that an IPv4 address at the end takes. */
const TAIL_GROUPS = 2
/** ::ffff:0:0/96, RFC 4291 §2.5.5.2 */
const MAPPED_GROUP = 5

/** Four decimal numbers with dots between. */
class Octets {
  readonly bytes = new Uint8Array(OCTETS)
  #count = 0
  #digits = 0

  /** False: no address goes on with this byte. */
  take(byte: number): boolean {
    if (byte === DOT) {
      if (this.#digits === 0 || this.#count === OCTETS - 1) return false
      this.#count++
      this.#digits = 0
      return true
    }
    const digit = byte - DIGIT_0
    const before = this.bytes[this.#count]!
    if (digit < 0 || digit > 9 || (this.#digits > 0 && before === 0)) return false
    const value = before * 10 + digit
    if (value > OCTET_MAX) return false
    this.bytes[this.#count] = value
    this.#digits++
    return true
  }

  get isWhole(): boolean {
    return this.#count === OCTETS - 1 && this.#digits > 0
  }
}

/** What of an IPv6 address came last. */
type Last = 'nothing' | 'first-colon' | 'colon' | 'gap' | 'digit'

/** Hexadecimal numbers with colons between, two colons for zeros once, and maybe an IPv4 address at the end. */
class Groups {
  readonly #groups: number[] = []
  #last: Last = 'nothing'
  #group = 0
  #groupDigits = 0
  /** The digits at hand, should they turn out to be decimal; and the address that they begin. */
  #octets = new Octets()
  #mayBeOctets = true
  #isTail = false
  /** How many groups stand before the two colons. */
  #gapAt = -1

  take(byte: number): boolean {
    if (this.#isTail) return this.#octets.take(byte)
    if (byte === COLON) return this.#takeColon()
    if (byte === DOT) {
      this.#isTail = this.#last === 'digit' && this.#mayBeOctets && this.#octets.take(byte)
      return this.#isTail && this.#groups.length <= GROUPS - TAIL_GROUPS
    }
    const digit = hexDigit(byte)
    if (digit === -1 || this.#last === 'first-colon') return false
    if (this.#groupDigits === GROUP_DIGITS_MAX || this.#groups.length === GROUPS) return false
    this.#mayBeOctets &&= this.#octets.take(byte)
    this.#group = this.#group * 16 + digit
    this.#groupDigits++
    this.#last = 'digit'
    return true
  }

  #takeColon(): boolean {
    switch (this.#last) {
      case 'nothing':
        this.#last = 'first-colon'
        return true
      case 'first-colon':
      case 'colon':
        if (this.#gapAt !== -1) return false
        this.#gapAt = this.#groups.length
        this.#last = 'gap'
        return true
      case 'gap':
        return false
      case 'digit':
        this.#endGroup()
        this.#last = 'colon'
        return true
    }
  }

  #endGroup(): void {
    this.#groups.push(this.#group)
    this.#group = 0
    this.#groupDigits = 0
    this.#octets = new Octets()
    this.#mayBeOctets = true
  }

  /** The eight groups, or undefined where they are not whole. */
  end(): readonly number[] | undefined {
    if (this.#isTail) {
      if (!this.#octets.isWhole) return undefined
      const [a, b, c, d] = this.#octets.bytes as unknown as [number, number, number, number]
      this.#groups.push(a * 256 + b, c * 256 + d)
    } else if (this.#last === 'digit') this.#endGroup()
    else if (this.#last !== 'gap') return undefined
    const groups = this.#groups
    if (this.#gapAt === -1) return groups.length === GROUPS ? groups : undefined
    // RFC 4291 §2.2: the two colons stand for one group of zeros or more.
    if (groups.length >= GROUPS) return undefined
    const zeros = new Array<number>(GROUPS - groups.length).fill(0)
    return [...groups.slice(0, this.#gapAt), ...zeros, ...groups.slice(this.#gapAt)]
  }
}

function hexDigit(byte: number): number {
  const digit = byte - DIGIT_0
  if (digit >= 0 && digit <= 9) return digit
  const letter = (byte | 0x20) - LETTER_A
  return letter >= 0 && letter <= 5 ? letter + 10 : -1
}

/** An address that comes byte by byte. */
export class AddressText {
  readonly #parts: Octets | Groups

  constructor(version: 4 | 6) {
    this.#parts = version === 4 ? new Octets() : new Groups()
  }

  /** False: no address goes on with this byte. */
  take(byte: number): boolean {
    return this.#parts.take(byte)
  }

  /** The address as it is always written, or undefined where it is not whole. */
  end(): string | undefined {
    const parts = this.#parts
    if (parts instanceof Octets) return parts.isWhole ? formatIpv4(parts.bytes) : undefined
    const groups = parts.end()
    return groups && formatGroups(groups)
  }
}

/** An address in the one form of it, or undefined for text that is none. */
export function parseIpAddress(text: string): string | undefined {
  const address = new AddressText(text.includes(':') ? 6 : 4)
  for (let at = 0; at < text.length; at++) if (!address.take(text.charCodeAt(at))) return undefined
  return address.end()
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.')
}

export function formatIpv6(bytes: Uint8Array): string {
  return formatGroups(
    Array.from({ length: GROUPS }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!),
  )
}

/** RFC 5952 §4; an IPv4 address that is mapped into IPv6 is that address, so that a client is one, however it was reached. */
function formatGroups(groups: readonly number[]): string {
  const [from, to] = longestZeros(groups)
  if (from === 0 && to === MAPPED_GROUP && groups[MAPPED_GROUP] === 0xffff) {
    const [high, low] = groups.slice(-TAIL_GROUPS) as [number, number]
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  const text = (some: readonly number[]): string => some.map(group => group.toString(16)).join(':')
  return to - from < 2 ? text(groups) : `${text(groups.slice(0, from))}::${text(groups.slice(to))}`
}

/** The first of the longest runs. */
function longestZeros(groups: readonly number[]): readonly [from: number, to: number] {
  let best: readonly [number, number] = [0, 0]
  for (let from = 0; from < GROUPS; from++) {
    let to = from
    while (groups[to] === 0) to++
    if (to - from > best[1] - best[0]) best = [from, to]
  }
  return best
}
