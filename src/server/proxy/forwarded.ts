/*
 * The fields by which proxies tell for whom they ask: Forwarded, RFC 7239, and X-Forwarded-For, which is older and has no standard.
 * Each proxy adds an element at the end. So they are read from the end, element by element and only as far as is trusted: what
 * a client has written before, be it quotes that do not close, cannot change what a proxy has added behind it.
 */
import { parseIpAddress } from './ip-address.ts'

export type ForwardedField = 'forwarded' | 'x-forwarded-for'

/** What an element tells that names nobody (RFC 7239 §6.2), or does not follow the grammar. */
const UNKNOWN = 'unknown'

/** RFC 9110 §5.6.2 */
const TOKEN_CHAR = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/
/** RFC 7239 §6.3: so much the identifier may be that a proxy puts in the place of an address; and §6.2, a port, or such for a port. */
const HIDDEN = /^_[A-Za-z0-9._-]+$/
const PORT = /^(?:[0-9]{1,5}|_[A-Za-z0-9._-]+)$/

/**
 * Who is asking: the last of the addresses that are told which is not of a trusted proxy. It is in its one form, or what a proxy says in
 * its place: an identifier such as `_hidden`, or `unknown`. Where all are trusted it is the first.
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
    // RFC 9110 §5.6.1.2: empty elements of a list are passed over.
    if (element !== '') {
      client = (field === 'forwarded' ? forOf(element) : bareNode(element)) ?? UNKNOWN
      if (!isTrusted(client)) return client
    }
    to = from - 1
  }
  return client
}

/** Where the element that ends at `to` begins: behind a comma, where there are quotes one that is not quoted. */
function elementStart(value: string, to: number, hasQuotes: boolean): number {
  let isQuoted = false
  for (let at = to - 1; at >= 0; at--) {
    const char = value[at]
    if (char === ',' && !isQuoted) return at + 1
    if (hasQuotes && char === '"' && !(isQuoted && isEscaped(value, at))) isQuoted = !isQuoted
  }
  return 0
}

/** RFC 9110 §5.6.4: by one backslash, but not by one that is itself escaped. */
function isEscaped(value: string, at: number): boolean {
  let first = at
  while (first > 0 && value[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

/** The node that the `for` parameter of an element names: RFC 7239 §4. */
function forOf(element: string): string | undefined {
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
        // RFC 7239 §4: each parameter at most once.
        if (node !== undefined) return undefined
        node = value.text
      }
      at = skipOws(element, value.end)
    }
    if (at < element.length && element[at] !== ';') return undefined
  }
  return node === undefined ? undefined : nodeName(node)
}

/** A token or a quoted string that begins here. */
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

/** An element of X-Forwarded-For: an address, as bare as it is; some write it with a port, as a node of RFC 7239. */
function bareNode(text: string): string | undefined {
  return parseIpAddress(text) ?? nodeName(text)
}

/** RFC 7239 §6: node = nodename [ ":" node-port ] */
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
