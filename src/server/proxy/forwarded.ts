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

/** RFC 9110 §5.6.2 */
const TOKEN_CHAR = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/
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
  let client: string | undefined
  for (let to = value.length; to >= 0; ) {
    const from = elementStart(value, to, field === 'forwarded')
    const element = trimOws(value.slice(from, to))
    // RFC 9110 §5.6.1.2: ignore empty elements of a list.
    if (element !== '') {
      client = (field === 'forwarded' ? forNode(element) : xffNode(element)) ?? UNKNOWN
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
  for (let at = 0; at <= element.length; at++) {
    at = skipOws(element, at)
    if (at < element.length && element[at] !== ';') {
      const nameEnd = skipToken(element, at)
      if (nameEnd === at || element[nameEnd] !== '=') return undefined
      const name = element.slice(at, nameEnd).toLowerCase()
      const value = readValue(element, nameEnd + 1)
      if (value === undefined) return undefined
      if (name === 'for') {
        // RFC 7239 §4: each parameter occurs at most once.
        if (node !== undefined) return undefined
        node = value.text
      }
      at = skipOws(element, value.end)
    }
    if (at < element.length && element[at] !== ';') return undefined
  }
  return node === undefined ? undefined : nodeName(node)
}

/** Reads a token or a quoted string. @returns undefined if there is none at `from`. */
function readValue(
  text: string,
  from: number,
): { readonly text: string; readonly end: number } | undefined {
  if (text[from] !== '"') {
    const end = skipToken(text, from)
    return end === from ? undefined : { text: text.slice(from, end), end }
  }
  let value = ''
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') return { text: value, end: at + 1 }
    if (char === '\\') at++
    value += text[at] ?? ''
  }
  return undefined
}

/** An element of X-Forwarded-For: an address, or an address and port as in a node of RFC 7239. */
function xffNode(text: string): string | undefined {
  return parseIpAddress(text) ?? nodeName(text)
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

function skipToken(text: string, from: number): number {
  let at = from
  while (at < text.length && TOKEN_CHAR.test(text[at]!)) at++
  return at
}

function skipOws(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}

function trimOws(text: string): string {
  let end = text.length
  const start = skipOws(text, 0)
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  return text.slice(start, end)
}
