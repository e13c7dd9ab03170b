import { type Attempt, lastRequest, latin1, request } from '../attempt.ts'
import type { Probe } from '../probe.ts'
import { fieldOf } from '../response.ts'
import { text } from '../wire-text.ts'

export const head: Probe = {
  name: 'head',
  sentence:
    'The answer to HEAD has no content, and no other Content-Length than the answer to GET.',
  table: site =>
    site.resources.flatMap(({ path }): Attempt[] => [
      { bytes: latin1(lastRequest('HEAD', path, site.host)) },
      { bytes: latin1(request('HEAD', path, site.host) + lastRequest('GET', path, site.host)) },
    ]),
  judge(observation) {
    const { site, reading, answers, rest } = observation
    const at = reading.requests.findIndex(({ method }) => method === 'HEAD')
    const answer = answers[at]
    if (answer === undefined) return
    if (at === answers.length - 1 && rest.length > 0)
      return {
        kind: 'content after HEAD',
        severity: 'desync',
        happened: `${text(rest)} follows the head that answers HEAD: clients take it for the next answer.`,
        rfc: 'RFC 9110 §9.3.2',
      }
    const { target, fields } = reading.requests[at]!
    const ofGet = site.resources.find(({ path }) => path === target)?.answer
    const length = fieldOf(answer, 'content-length')
    if (!isPlain(fields.keys()) || ofGet?.status !== answer.status || length === undefined) return
    if (Number(length) !== ofGet.content.length)
      return {
        kind: 'another Content-Length for HEAD',
        severity: 'wrong',
        happened: `HEAD ${target} has Content-Length ${length}, and GET has ${ofGet.content.length} bytes.`,
        rfc: 'RFC 9110 §8.6',
      }
    return undefined
  },
}

function isPlain(names: Iterable<string>): boolean {
  return [...names].every(name => name === 'host' || name === 'connection')
}
