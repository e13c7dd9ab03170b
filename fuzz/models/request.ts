import { isIPv6 } from 'node:net'
import { DEFAULT_LIMITS } from '#src/parser/index.js'
import type { Message } from '../observe-parser.ts'

/** A request as the grammar describes it. */
export type ReferenceRequest = Pick<
  Message,
  'method' | 'target' | 'version' | 'fields' | 'content' | 'trailers' | 'end'
>

type RawField = { readonly name: string; readonly raw: string; readonly line: string }

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QUOTED = '"(?:[\\t !\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'
/** RFC 3986 §3.2.2; what is in brackets is checked by `hasAddress()`. */
const URI_HOST = "(?:\\[([^\\]]*)\\]|(?:[-._~!$&'()*+,;=0-9A-Za-z]|%[0-9A-Fa-f]{2})*)"
/** RFC 3986 §3.2.3, up to 65535. */
const PORT = '0*[0-9]{0,5}'

/** RFC 9112 §3, after at most 8 empty lines. */
const REQUEST_LINE = new RegExp(
  `^(?:\\r\\n){0,8}(${TOKEN}) ([\\x21\\x22\\x24-\\x7e]+) HTTP/1\\.([0-9])\\r\\n`,
)
/** RFC 9112 §5 */
const FIELD_LINES = new RegExp(`^(?:${TOKEN}:[\\t \\x21-\\x7e\\x80-\\xff]*\\r\\n)*\\r\\n`)
/** RFC 9112 §7.1 and §7.1.1, without bad white space. */
const CHUNK_LINE = new RegExp(`^([0-9A-Fa-f]+)((?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*)\\r\\n`)

/** RFC 9110 §7.2: Host = uri-host [ ":" port ] */
const HOST = new RegExp(`^${URI_HOST}(?::(${PORT}))?$`)
const AUTHORITY_FORM = new RegExp(`^${URI_HOST}:(${PORT})$`)
/** RFC 9110 §4.2.1: the host is not empty. */
const ABSOLUTE_FORM = new RegExp(`^https?://(?![:/?]|$)${URI_HOST}(?::(${PORT}))?(?:[/?].*)?$`, 'i')

const NOT_IN_TRAILERS = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'range',
]

/**
 * Parses the request at the start of `text` with regular expressions for the grammar, then checks
 * each rule of RFC 9112; returns undefined if there is no valid, complete request.
 */
export function referenceRequest(text: string): ReferenceRequest | undefined {
  const line = REQUEST_LINE.exec(text)
  if (line === null) return undefined
  const [start, method, target, minor] = line as unknown as [string, string, string, string]
  if (method.length > DEFAULT_LIMITS.methodBytesMax) return undefined
  if (start.trim().length > DEFAULT_LIMITS.requestLineBytesMax || !hasForm(method, target))
    return undefined
  const head = readFieldLines(text.slice(start.length), DEFAULT_LIMITS.fieldsBytesMax)
  if (head === undefined || !hasHost(head.fields, minor)) return undefined
  const rest = text.slice(start.length + head.length)
  const content = readContent(rest, head.fields, minor)
  if (content === undefined) return undefined
  const end = start.length + head.length + content.length
  const fields = head.fields.map(asLine)
  return {
    method,
    target,
    version: `1.${minor}`,
    fields,
    content: content.text,
    trailers: content.trailers.map(asLine),
    end,
  }
}

/** RFC 9112 §3.2 */
function hasForm(method: string, target: string): boolean {
  if (method === 'CONNECT') return hasAuthority(AUTHORITY_FORM, target)
  return (
    target.startsWith('/') ||
    hasAuthority(ABSOLUTE_FORM, target) ||
    (method === 'OPTIONS' && target === '*')
  )
}

/** Whether the text matches, with an IPv6 address in its brackets and a port up to 65535. */
function hasAuthority(pattern: RegExp, text: string): boolean {
  const match = pattern.exec(text)
  if (match === null) return false
  const [, address, port] = match
  const isAddress = address === undefined || (isIPv6(address) && !address.includes('%'))
  return isAddress && Number(port ?? 0) <= 65_535
}

/** RFC 9112 §3.2 */
function hasHost(fields: readonly RawField[], minor: string): boolean {
  const hosts = valuesOf(fields, 'host')
  return (
    (hosts.length === 1 || (hosts.length === 0 && minor === '0')) &&
    hosts.every(host => hasAuthority(HOST, trim(host)))
  )
}

type Content = {
  readonly text: string
  readonly trailers: readonly RawField[]
  readonly length: number
}

/** RFC 9112 §6.3; ambiguous framing is refused. */
function readContent(
  text: string,
  fields: readonly RawField[],
  minor: string,
): Content | undefined {
  const codings = valuesOf(fields, 'transfer-encoding')
  const lengths = valuesOf(fields, 'content-length').map(trim)
  if (codings.length > 0) {
    // Only chunked, alone and without a tab behind it, is accepted.
    const isChunked = codings.length === 1 && /^[ \t]*chunked *$/i.test(codings[0]!)
    return isChunked && lengths.length === 0 && minor !== '0' ? readChunks(text) : undefined
  }
  if (lengths.length === 0) return { text: '', trailers: [], length: 0 }
  if (lengths.length > 1 || !/^[0-9]+$/.test(lengths[0]!)) return undefined
  const length = BigInt(lengths[0]!)
  if (length > DEFAULT_LIMITS.contentBytesMax || length > text.length) return undefined
  return { text: text.slice(0, Number(length)), trailers: [], length: Number(length) }
}

function readChunks(text: string): Content | undefined {
  let content = ''
  for (let at = 0; ; ) {
    const line = CHUNK_LINE.exec(text.slice(at))
    if (line === null || line[0].length - 2 > DEFAULT_LIMITS.chunkLineBytesMax) return undefined
    at += line[0].length
    const size = Number(BigInt(`0x${line[1]}`))
    if (size === 0) {
      const section = readFieldLines(text.slice(at), DEFAULT_LIMITS.trailersBytesMax)
      if (
        section?.fields.some(({ name }) => NOT_IN_TRAILERS.includes(name.toLowerCase())) !== false
      )
        return undefined
      return { text: content, trailers: section.fields, length: at + section.length }
    }
    content += text.slice(at, at + size)
    at += size
    if (content.length > DEFAULT_LIMITS.contentBytesMax || text.slice(at, at + 2) !== '\r\n')
      return undefined
    at += 2
  }
}

/** Parses field lines up to the empty line. */
function readFieldLines(
  text: string,
  bytesMax: number,
): { readonly fields: RawField[]; readonly length: number } | undefined {
  const found = FIELD_LINES.exec(text)?.[0]
  if (found === undefined || found.length - 2 > bytesMax) return undefined
  const fields = found
    .split('\r\n')
    .slice(0, -2)
    .map(line => ({
      name: line.slice(0, line.indexOf(':')),
      raw: line.slice(line.indexOf(':') + 1),
      line,
    }))
  const { fieldCountMax, fieldLineBytesMax } = DEFAULT_LIMITS
  if (fields.length > fieldCountMax || fields.some(({ line }) => line.length > fieldLineBytesMax))
    return undefined
  return { fields, length: found.length }
}

function valuesOf(fields: readonly RawField[], lower: string): string[] {
  return fields.filter(({ name }) => name.toLowerCase() === lower).map(({ raw }) => raw)
}

function asLine({ name, raw }: RawField): readonly [string, string] {
  return [name, trim(raw)]
}

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
