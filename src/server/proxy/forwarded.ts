import { trimOws } from '../../response/field-syntax.ts'
import { parseIpAddress } from './remote-address.ts'

/*
 * The fields in which proxies pass on the address of their client: Forwarded (RFC 7239), and
 * X-Forwarded-For, which is older and has no standard. Each proxy appends an element. The value is
 * read from its end, one element at a time and only as far as the proxies are trusted. What a
 * client has sent before, such as a quote that it does not close, cannot change the elements that
 * proxies have appended to it.
 */

export type ForwardedField = 'forwarded' | 'x-forwarded-for'

/** The client of an element that says "unknown" (RFC 7239 §6.2) or does not follow the grammar. */
const UNKNOWN = 'unknown'

/** RFC 9110 §5.6.2, §5.6.4. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"'
/** RFC 7239 §4: a parameter, maybe none, up to the next one or the end of the element. */
const PARAMETER = new RegExp(`[ \\t]*(?:(${TOKEN})=(${TOKEN}|${QUOTED})[ \\t]*)?(?:;|$)`, 'sy')
/** RFC 7239 §6.3: an identifier that hides an address. */
const HIDDEN = /^_[A-Za-z0-9._-]+$/
/** RFC 7239 §6: a port, or an identifier that hides it. */
const PORT = /^(?:[0-9]{1,5}|_[A-Za-z0-9._-]+)$/

/**
 * Returns the last address in the value that is not the address of a trusted proxy; if all are
 * trusted, the first one. Addresses are in canonical form. A proxy may have replaced the address by
 * an identifier such as `_hidden`, or by `unknown`.
 *
 * @returns undefined if the value has no elements.
 */
export function clientAddress(
  value: string,
  field: ForwardedField,
  isTrusted: (address: string) => boolean,
): string | undefined {
  const isForwarded = field === 'forwarded'
  // An element of X-Forwarded-For is an address, also one with a port as in a node of RFC 7239.
  const nodeOf = isForwarded ? forNode : (text: string) => parseIpAddress(text) ?? nodeName(text)
  let client: string | undefined
  for (let to = value.length; to >= 0; ) {
    const from = elementStart(value, to, isForwarded)
    const element = trimOws(value.slice(from, to))
    // RFC 9110 §5.6.1.2: ignore empty elements of a list.
    if (element !== '') {
      client = nodeOf(element) ?? UNKNOWN
      if (!isTrusted(client)) return client
    }
    to = from - 1
  }
  return client
}

/** Returns where the element that ends at `to` begins: behind a comma that is not quoted. */
function elementStart(value: string, to: number, hasQuotes: boolean): number {
  let isQuoted = false
  for (let at = to - 1; at >= 0; at--) {
    const char = value[at]
    if (char === ',' && !isQuoted) return at + 1
    if (hasQuotes && char === '"' && !(isQuoted && isEscaped(value, at))) isQuoted = !isQuoted
  }
  return 0
}

/** RFC 9110 §5.6.4: a backslash escapes the next character, unless it is itself escaped. */
function isEscaped(value: string, at: number): boolean {
  let first = at
  while (first > 0 && value[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

/**
 * Returns the node in the `for` parameter of a Forwarded element: RFC 7239 §4.
 *
 * @returns undefined if there is none or the element does not follow the grammar.
 */
function forNode(element: string): string | undefined {
  let node: string | undefined
  for (let at = 0; at < element.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at
    const [match, name, value] = PARAMETER.exec(element) ?? []
    if (match === undefined) return undefined
    if (name?.toLowerCase() !== 'for') continue
    // RFC 7239 §4: each parameter occurs at most once.
    if (node !== undefined) return undefined
    node = value!.startsWith('"') ? value!.slice(1, -1).replace(/\\(.)/gs, '$1') : value!
  }
  return node === undefined ? undefined : nodeName(node)
}

/**
 * RFC 7239 §6: node = nodename [ ":" node-port ]
 *
 * @returns the nodename, or undefined if the text does not follow the grammar.
 */
function nodeName(node: string): string | undefined {
  const colon = node.indexOf(':')
  const end = node.startsWith('[') ? node.indexOf(']') + 1 : colon === -1 ? node.length : colon
  const name = node.slice(0, end)
  const port = node.slice(end)
  if (port !== '' && !(port[0] === ':' && PORT.test(port.slice(1)))) return undefined
  if (name.startsWith('['))
    return name.includes(':') ? parseIpAddress(name.slice(1, -1)) : undefined
  if (name.toLowerCase() === UNKNOWN) return UNKNOWN
  return HIDDEN.test(name) ? name : parseIpAddress(name)
}
