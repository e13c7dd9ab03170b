import * as fc from 'fast-check'
import { acceptEncoding } from '../../generators/accept-encoding.ts'
import { entityTagList } from '../../generators/entity-tag-list.ts'
import { httpDate } from '../../generators/http-date.ts'
import { httpRequest } from '../../generators/http-request.ts'
import { textOf } from '../../generators/latin1.ts'
import { printRequest } from '../../generators/request-model.ts'
import { playOf, unknown } from '../flaws/play.ts'
import type { Probe } from '../probe.ts'
import { read } from '../reading.ts'

export const serverError: Probe = {
  name: 'server-error',
  sentence:
    'A well-formed request is never answered with a server error, but for 501 to a method the server need not know.',
  inputs(site) {
    const play = playOf(site)
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
      .filter(({ bytes }) => read(bytes).asked[0]?.method !== 'CONNECT')
  },
  judge({ reading: { asked }, answers, attempt }) {
    const at = answers.findIndex(({ status }, i) => status >= 500 && i < asked.length)
    if (at === -1) return
    const { method, target } = asked[at]!
    const { status } = answers[at]!
    if (status === 501 && method !== 'GET' && method !== 'HEAD') return
    return {
      kind: `${status}: ${attempt.about ?? method}`,
      gravity: 'wrong',
      happened: `${method} ${target.slice(0, 60)} is well-formed and was answered with ${status}.`,
      rfc: status === 501 ? 'RFC 9110 §9.1' : 'RFC 9110 §15.6',
    }
  },
}
