import * as fc from 'fast-check'
import type { Attempt } from '../attempt.ts'
import type { Probe } from '../probe.ts'
import { lastRequest, latin1, request } from '../request-text.ts'
import type { Verdict } from '../severity.ts'
import { expectedResponse, isSameResponse, type Resource, type Site } from '../target-site.ts'

export const order: Probe = {
  name: 'order',
  sentence: 'Pipelined requests get their responses in order, each the same as it would get alone.',
  table(site) {
    const { distinct, host } = site
    if (distinct.length < 2) return []
    const broken = `GET ${distinct[0]!.path} HTTP/1.1\r\nBroken\r\n\r\n`
    return [
      pipeline(site, distinct),
      pipeline(site, distinct.toReversed()),
      pipeline(site, [...distinct, ...distinct, ...distinct]),
      { bytes: latin1(request('GET', distinct[0]!.path, host) + broken) },
    ]
  },
  inputs: site =>
    fc
      .array(fc.constantFrom(...site.resources), { minLength: 2, maxLength: 12 })
      .map(resources => pipeline(site, resources)),
  check({ site, sent: { requests, refusal, isTruncated, hasTrailingBytes }, responses }) {
    if (requests.some(({ hasContent }) => hasContent)) return
    const expected = requests.map(sent => expectedResponse(site, sent))
    const at = responses.findIndex(
      (response, i) =>
        expected[i] !== undefined && response.isComplete && !isSameResponse(response, expected[i]),
    )
    if (at === -1) return
    const got = `Request ${at + 1}, GET ${requests[at]!.target}, gets the response ${responses[at]!.status}`
    const other = expected.findIndex(own => own && isSameResponse(responses[at], own))
    if (other !== -1)
      return verdict('that of another request', `${got}, which belongs to request ${other + 1}.`)
    if (hasTrailingBytes)
      return {
        ...verdict(
          'before bytes after the last request',
          `${got}, which belongs to bytes after it that the server must not read.`,
        ),
        severity: 'leniency',
        rfc: 'RFC 9112 §9.6',
      }
    if (isTruncated || refusal)
      return verdict('before a broken request', `${got}, which belongs to what follows it.`)
    return verdict(
      requests.length === 1 ? 'a single request' : 'pipelined requests',
      `${got}, which differs from its response when sent alone.`,
    )
  },
}

function verdict(label: string, detail: string): Verdict {
  return { kind: `wrong response: ${label}`, severity: 'wrong', detail, rfc: 'RFC 9112 §9.3.2' }
}

function pipeline({ host }: Site, resources: readonly Resource[]): Attempt {
  const texts = resources.map(({ path }, i) =>
    i === resources.length - 1 ? lastRequest('GET', path, host) : request('GET', path, host),
  )
  return { bytes: latin1(texts.join('')) }
}
