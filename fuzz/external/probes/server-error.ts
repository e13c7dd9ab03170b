import * as fc from 'fast-check'
import { acceptEncoding } from '../../generators/accept-encoding.ts'
import { entityTagList } from '../../generators/entity-tag-list.ts'
import { httpDate } from '../../generators/http-date.ts'
import { httpRequest } from '../../generators/http-request.ts'
import { textOf } from '../../generators/latin1.ts'
import { printRequest } from '../../generators/request-model.ts'
import { anyMessage, desyncProbe } from '../malformations/desync-probe.ts'
import { type ParsedRequest, parseRequests } from '../parsed-requests.ts'
import type { Probe } from '../probe.ts'

export const serverError: Probe = {
  name: 'server-error',
  sentence: 'The response to a well-formed GET or HEAD for a path is never a server error.',
  inputs(site) {
    const desync = desyncProbe(site)
    if (desync === undefined) return
    const field = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      value.map(text => `${name}: ${text}\r\n`)
    const fields = fc.subarray([
      field('Accept-Encoding', acceptEncoding()),
      field('If-None-Match', entityTagList()),
      field('If-Match', entityTagList()),
      field('If-Range', entityTagList()),
      field('If-Modified-Since', httpDate()),
      field('If-Unmodified-Since', httpDate()),
    ])
    const get = fields
      .chain(some => fc.tuple(...some))
      .map(
        lines => `GET ${desync.target} HTTP/1.1\r\nHost: ${desync.host}\r\n${lines.join('')}\r\n`,
      )
    return fc
      .oneof(
        get,
        httpRequest().map(model => textOf(printRequest(model))),
      )
      .map(text => anyMessage(desync, text, 'request'))
      .filter(({ bytes }) => parseRequests(bytes).requests[0]?.method !== 'CONNECT')
  },
  check({ sent: { requests }, responses, attempt }) {
    const at = responses.findIndex(
      ({ status }, i) => isError(status) && requests[i] && isOrdinary(requests[i]),
    )
    if (at === -1) return
    const { method, target } = requests[at]!
    const { status } = responses[at]!
    return {
      kind: `${status}: ${causeIn(target) ?? attempt.label ?? method}`,
      severity: 'wrong',
      detail: `${method} ${target.length > 60 ? `${target.slice(0, 60)}…` : target} is well-formed, and the response is ${status}.`,
      rfc: status === 501 ? 'RFC 9110 §9.1' : 'RFC 9110 §15.6',
    }
  },
}

/** RFC 9110 §15.6.6: a server may respond with 505 for any reason. */
function isError(status: number): boolean {
  return status >= 500 && status !== 505
}

/** Servers need not support other methods, and the other target forms are for proxies. */
function isOrdinary({ method, target }: ParsedRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && target.startsWith('/')
}

const NAME_MAX = 255
/** File systems accept at most 4095 bytes, and the path of the server's root is part of them. */
const LONG_PATH = 2000

/**
 * Returns why a file system would refuse the path: that is the likely cause of the server error.
 */
function causeIn(target: string): string | undefined {
  const path = target.replace(/\?.*$/s, '')
  if (path.includes('%00')) return 'path: a NUL'
  if (path.split('/').some(segment => decodedLength(segment) > NAME_MAX)) return 'path: a long name'
  return decodedLength(path) > LONG_PATH ? 'path: a long path' : undefined
}

function decodedLength(text: string): number {
  return text.replace(/%[0-9a-f]{2}/gi, '%').length
}
