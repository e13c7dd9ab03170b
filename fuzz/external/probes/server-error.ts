import * as fc from 'fast-check'
import { acceptEncoding } from '../../generators/accept-encoding.ts'
import { entityTagList } from '../../generators/entity-tag-list.ts'
import { httpDate } from '../../generators/http-date.ts'
import { httpRequest } from '../../generators/http-request.ts'
import { textOf } from '../../generators/latin1.ts'
import { printRequest } from '../../generators/request-model.ts'
import { type ExpectedRequest, expectedRequests } from '../expected-requests.ts'
import { desyncProbe, unknown } from '../malformations/desync-probe.ts'
import type { Probe } from '../probe.ts'

export const serverError: Probe = {
  name: 'server-error',
  sentence: 'A well-formed GET or HEAD for a path is never answered with a server error.',
  inputs(site) {
    const play = desyncProbe(site)
    if (play === undefined) return
    const field = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      value.map(one => `${name}: ${one}\r\n`)
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
      .map(lines => `GET ${play.target} HTTP/1.1\r\nHost: ${play.host}\r\n${lines.join('')}\r\n`)
    return fc
      .oneof(
        get,
        httpRequest().map(model => textOf(printRequest(model))),
      )
      .map(text => unknown(play, text, 'request'))
      .filter(({ bytes }) => expectedRequests(bytes).requests[0]?.method !== 'CONNECT')
  },
  judge({ reading: { requests }, answers, attempt }) {
    const at = answers.findIndex(
      ({ status }, i) => isError(status) && requests[i] && isPlainlyAsked(requests[i]),
    )
    if (at === -1) return
    const { method, target } = requests[at]!
    const { status } = answers[at]!
    return {
      kind: `${status}: ${causeIn(target) ?? attempt.about ?? method}`,
      severity: 'wrong',
      happened: `${method} ${target.length > 60 ? `${target.slice(0, 60)}…` : target} is well-formed and was answered with ${status}.`,
      rfc: status === 501 ? 'RFC 9110 §9.1' : 'RFC 9110 §15.6',
    }
  },
}

/** RFC 9110 §15.6.6: 505 may be the answer for any reason. */
function isError(status: number): boolean {
  return status >= 500 && status !== 505
}

/** Other methods need not be known, and other forms of a target are for proxies. */
function isPlainlyAsked({ method, target }: ExpectedRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && target.startsWith('/')
}

const NAME_MAX = 255
/** File systems take 4095 bytes at most, and what stands before is in the path too. */
const LONG_PATH = 2000

/** What file systems refuse. Whatever else is odd about a request, that will be why. */
function causeIn(target: string): string | undefined {
  const path = target.replace(/\?.*$/s, '')
  if (path.includes('%00')) return 'path: a NUL'
  if (path.split('/').some(segment => decodedLength(segment) > NAME_MAX)) return 'path: a long name'
  return decodedLength(path) > LONG_PATH ? 'path: a long path' : undefined
}

function decodedLength(text: string): number {
  return text.replace(/%[0-9a-f]{2}/gi, '%').length
}
