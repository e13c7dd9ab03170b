import { isIP } from 'node:net'
import { type ProxyErrorCode, type ProxyHeaderResult, refuse } from './proxy-result.ts'
import { parseIpAddress } from './remote-address.ts'

/*
 * Version 1 of the PROXY protocol, a line of text: proxy-protocol.txt §2.1.
 *
 *   PROXY TCP4 source-address destination-address source-port destination-port CRLF
 *   PROXY TCP6 (as with TCP4)
 *   PROXY UNKNOWN [ SP and anything else ] CRLF
 */

/** §2.1: the longest line, with its CRLF. */
const LINE_BYTES_MAX = 107
const PORT_MAX = 65_535

/** A field of the line. A byte is refused if the text up to it is not the start of a field. */
type Field = {
  readonly code: ProxyErrorCode
  readonly isStart: (text: string) => boolean
  readonly isComplete: (text: string) => boolean
}

const SIGNATURE: Field = {
  code: 'proxy-header-missing',
  isStart: text => 'PROXY'.startsWith(text),
  isComplete: text => text === 'PROXY',
}
/** After UNKNOWN everything is ignored up to CRLF. Neither a bare CR nor a bare LF is accepted. */
const FAMILY: Field = {
  code: 'proxy-v1-family',
  isStart: text =>
    ['TCP4', 'TCP6', 'UNKNOWN'].some(family => family.startsWith(text)) ||
    /^UNKNOWN [^\r\n]*$/.test(text),
  isComplete: text => /^(?:TCP[46]$|UNKNOWN)/.test(text),
}
const PORT: Field = {
  code: 'proxy-v1-port',
  isStart: text => /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= PORT_MAX,
  isComplete: text => text !== '',
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4_START = `(?:${OCTET}\\.){0,3}(?:${OCTET})?`
const GROUP = '[\\da-f]{1,4}'
/** A ninth group, or an IPv4 address behind more than six groups. */
const IPV6_TOO_LONG = ':*(?:\\w+:+){8}\\w|:*(?:\\w+:+){7}\\w+\\.'
/** A single colon, or groups behind at most one `::`, the last one maybe an IPv4 address. */
const IPV6_START = `:|(?:(?:(?:${GROUP}:)+|:):)?(?:${GROUP}:)*(?:${GROUP}|${IPV4_START})?`

const fieldsWith = (ipVersion: 4 | 6, start: RegExp): readonly Field[] => {
  const address: Field = {
    code: 'proxy-v1-address',
    isStart: text => start.test(text),
    isComplete: text => isIP(text) === ipVersion,
  }
  return [SIGNATURE, FAMILY, address, address, PORT, PORT]
}
const TCP4_FIELDS = fieldsWith(4, new RegExp(`^${IPV4_START}$`))
const TCP6_FIELDS = fieldsWith(6, new RegExp(`^(?!${IPV6_TOO_LONG})(?:${IPV6_START})$`, 'i'))

export function parseProxyV1(bytes: Uint8Array): ProxyHeaderResult {
  const complete: string[] = []
  let text = ''
  for (let at = 0; at < bytes.length; at++) {
    if (at === LINE_BYTES_MAX) return refuse('proxy-v1-too-long', at)
    const char = String.fromCharCode(bytes[at]!)
    if (text === '\r') {
      if (char !== '\n') return refuse('proxy-v1-line-end', at)
      const [, , source, , sourcePort] = complete
      const client =
        source === undefined
          ? undefined
          : { address: parseIpAddress(source)!, port: Number(sourcePort) }
      return { status: 'complete', at: at + 1, client }
    }
    const fields = complete[1] === 'TCP6' ? TCP6_FIELDS : TCP4_FIELDS
    const field = fields[complete.length]!
    if (field.isStart(text + char)) {
      text += char
      continue
    }
    const isLast = complete.length === fields.length - 1 || text.startsWith('UNKNOWN')
    if (!field.isComplete(text)) return refuse(field.code, at)
    if (char !== (isLast ? '\r' : ' '))
      return refuse(isLast && char === '\n' ? 'proxy-v1-line-end' : field.code, at)
    complete.push(text)
    text = isLast ? '\r' : ''
  }
  return 'partial'
}
