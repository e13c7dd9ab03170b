import { type Attempt, latin1, request } from '../attempt.ts'
import { desyncProbe } from '../malformations/desync-probe.ts'
import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import { text } from '../wire-text.ts'

const INTERIM = 'HTTP/1.1 100 Continue\r\n'

export const interim: Probe = {
  name: 'interim',
  sentence: '100 Continue stands before the answer to its request, and never within an answer.',
  table(site) {
    const play = desyncProbe(site)
    if (play === undefined) return []
    const { canary, canaryTarget, host, target } = play
    const slow = request('GET', canaryTarget, host)
    return ['GET', 'POST', 'OPTIONS'].flatMap((method): Attempt[] =>
      [target, '/no/such/thing'].map(path => {
        const expecting = request(method, path, host, [
          ['Expect', '100-continue'],
          ['Content-Length', '1'],
        ])
        return {
          bytes: latin1(`${slow.repeat(4)}${expecting}x${canary}`),
          about: 'pipelined Expect',
        }
      }),
    )
  },
  judge(observation) {
    const content =
      misplacedIn(observation) ?? (observation.whole && misplacedIn(observation.whole))
    if (content === undefined) return
    return {
      kind: '100 Continue within an answer',
      severity: 'desync',
      happened: `The content of an answer has 100 Continue in it, ${text(content)}, so that its own end is read as the next answer.`,
      rfc: 'RFC 9110 §15.2, RFC 9112 §6.3',
    }
  },
}

/** Unless it is in files that the server has. */
function misplacedIn({ site, reading, answers }: Observation): Buffer | undefined {
  const mayBe = reading.requests.some(({ fields }) => fields.has('expect'))
  if (!mayBe || site.resources.some(({ answer }) => answer.content.includes(INTERIM))) return
  return answers.find(({ content }) => content.includes(INTERIM))?.content
}
