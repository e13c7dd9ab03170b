import type { Attempt } from '../attempt.ts'
import { excerpt } from '../excerpt.ts'
import { desyncProbe } from '../malformations/desync-probe.ts'
import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import { latin1, request } from '../request-text.ts'

const INTERIM = 'HTTP/1.1 100 Continue\r\n'

export const interim: Probe = {
  name: 'interim',
  sentence:
    '100 Continue precedes the final response to its request, and is never inside a response.',
  table(site) {
    const desync = desyncProbe(site)
    if (desync === undefined) return []
    const { canary, canaryTarget, host, target } = desync
    const slow = request('GET', canaryTarget, host)
    return ['GET', 'POST', 'OPTIONS'].flatMap((method): Attempt[] =>
      [target, '/no/such/thing'].map(path => {
        const expecting = request(method, path, host, [
          ['Expect', '100-continue'],
          ['Content-Length', '1'],
        ])
        return {
          bytes: latin1(`${slow.repeat(4)}${expecting}x${canary}`),
          label: 'pipelined Expect',
        }
      }),
    )
  },
  check(observation) {
    const content =
      contentWithInterim(observation) ??
      (observation.whole && contentWithInterim(observation.whole))
    if (content === undefined) return
    return {
      kind: '100 Continue within a response',
      severity: 'desync',
      detail: `The content of a response contains 100 Continue, ${excerpt(content)}: the client parses its last bytes as the next response.`,
      rfc: 'RFC 9110 §15.2, RFC 9112 §6.3',
    }
  },
}

/** Returns content that contains 100 Continue, unless a file of the server contains it. */
function contentWithInterim({ site, sent, responses }: Observation): Buffer | undefined {
  const mayBe = sent.requests.some(({ fields }) => fields.has('expect'))
  if (!mayBe || site.resources.some(({ response }) => response.body.includes(INTERIM))) return
  return responses.find(({ body }) => body.includes(INTERIM))?.body
}
