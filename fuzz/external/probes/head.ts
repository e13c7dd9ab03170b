import type { Attempt } from '../attempt.ts'
import { excerpt } from '../excerpt.ts'
import type { Probe } from '../probe.ts'
import { lastRequest, latin1, request } from '../request-text.ts'

export const head: Probe = {
  name: 'head',
  sentence:
    'The response to HEAD has no content, and the same Content-Length as the response to GET, or none.',
  table: site =>
    site.resources.flatMap(({ path }): Attempt[] => [
      { bytes: latin1(lastRequest('HEAD', path, site.host)) },
      { bytes: latin1(request('HEAD', path, site.host) + lastRequest('GET', path, site.host)) },
    ]),
  check(observation) {
    const { site, sent, responses, rest } = observation
    const at = sent.requests.findIndex(({ method }) => method === 'HEAD')
    const response = responses[at]
    if (response === undefined) return
    if (at === responses.length - 1 && rest.length > 0)
      return {
        kind: 'content after HEAD',
        severity: 'desync',
        detail: `${excerpt(rest)} follows the response to HEAD: clients parse it as the next response.`,
        rfc: 'RFC 9110 §9.3.2',
      }
    const { target, fields } = sent.requests[at]!
    const ofGet = site.resources.find(({ path }) => path === target)?.response
    const length = response.field('content-length')
    if (!isPlain(fields.keys()) || ofGet?.status !== response.status || length === undefined) return
    if (Number(length) !== ofGet.body.length)
      return {
        kind: 'another Content-Length for HEAD',
        severity: 'wrong',
        detail: `HEAD ${target} has Content-Length ${length}, and GET has ${ofGet.body.length} bytes.`,
        rfc: 'RFC 9110 §8.6',
      }
    return undefined
  },
}

function isPlain(names: Iterable<string>): boolean {
  return [...names].every(name => name === 'host' || name === 'connection')
}
