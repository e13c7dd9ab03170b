import * as fc from 'fast-check'
import { textOf } from '../../generators/latin1.ts'
import { nearValidRequest } from '../../generators/near-valid-request.ts'
import { chunkTable } from '../malformations/chunks.ts'
import { contentTable } from '../malformations/content.ts'
import { desyncProbe, unknown } from '../malformations/desync-probe.ts'
import { framingTable } from '../malformations/framing.ts'
import { lineTable } from '../malformations/lines.ts'
import { mutatedMessage } from '../malformations/mutations.ts'
import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import type { Response } from '../response.ts'
import type { Severity, Verdict } from '../severity.ts'
import { answerDue, isSame } from '../target-site.ts'

export const framing: Probe = {
  name: 'framing',
  sentence:
    'No byte of one message is taken for another, and a message that could be read in two ways is refused.',
  table(site) {
    const play = desyncProbe(site)
    if (play === undefined) return []
    return [contentTable, framingTable, chunkTable, lineTable].flatMap(table => table(play))
  },
  inputs(site) {
    const play = desyncProbe(site)
    if (play === undefined) return
    const message = fc.oneof(mutatedMessage(play), nearValidRequest().map(textOf))
    return message.map(text => unknown(play, text, 'request'))
  },
  judge(observation) {
    return observation.attempt.malformation === undefined
      ? judgeSound(observation)
      : judgeFlawed(observation)
  },
}

/** A well-formed message with content: all that follows it must be as if it were not there. */
function judgeSound({ site, reading, answers, attempt }: Observation): Verdict | undefined {
  const { requests } = reading
  if (reading.refusal !== undefined || reading.isCut || requests.length === 0) return
  const at = answers.findIndex((answer, i) => {
    const due = requests[i] && answerDue(site, requests[i])
    return due !== undefined && answer.isWhole && !isSame(answer, due)
  })
  const isTooMany = answers.length > requests.length && requests.at(-1)!.keepsOpen
  if (!isTooMany && !requests.slice(0, Math.max(at, 0)).some(({ hasContent }) => hasContent)) return
  return {
    kind: `desync: ${attempt.about ?? 'content'}`,
    severity: 'desync',
    happened:
      at === -1
        ? `There are ${answers.length} answers to ${requests.length} requests: content was read as a request.`
        : `After a well-formed message with content, GET ${requests[at]!.target} has the answer ${answers[at]!.status}, and not its own.`,
    rfc: 'RFC 9112 §6.3',
  }
}

/** Content in chunks may be refused after the request was answered; other content is not looked at. */
const HAS_CODING = /^transfer-encoding/im

/** What a parser says that refuses a message. */
function isRefusal({ status }: Response): boolean {
  return [400, 408, 411, 413, 414, 431, 501, 505].includes(status)
}

function judgeFlawed({
  site,
  reading,
  answers,
  attempt,
  ending,
}: Observation): Verdict | undefined {
  const flaw = attempt.malformation!
  const [answer, next, ...more] = answers
  const verdict = (outcome: string, severity: Severity, happened: string): Verdict => ({
    kind: `${outcome}: ${flaw.name}`,
    severity,
    happened,
    rfc: flaw.rfc,
    covers: `${outcome}: ${flaw.code}`,
  })
  if (reading.refusal !== flaw.code || reading.requests.length > 0) return
  const due = site.resources.find(({ path }) => path === flaw.canary)!.answer
  if (answer !== undefined && !isRefusal(answer) && more.length === 0 && isSame(next, due))
    return verdict(
      'accepts',
      flaw.severity,
      `It is answered with ${answer.status}, and the next request too.`,
    )
  if (flaw.isGuess) return undefined
  if (answer === undefined)
    return ending === 'silent' && !flaw.mayWait
      ? verdict(
          'waits',
          flaw.severity,
          'It is neither refused nor answered: the server waits for more.',
        )
      : undefined
  if (
    next !== undefined &&
    more.length === 0 &&
    isRefusal(next) &&
    HAS_CODING.test(attempt.bytes.toString('latin1'))
  )
    return undefined
  if (isRefusal(answer))
    return next === undefined || (flaw.mayReadOn && more.length === 0 && isSame(next, due))
      ? undefined
      : verdict(
          'reads on',
          flaw.severity,
          `It is refused with ${answer.status}, and the connection read on.`,
        )
  if (flaw.mayLackContent && next !== undefined)
    return verdict(
      'finds no content',
      flaw.severity,
      `It is answered with ${answer.status}, and the content behind it read as requests.`,
    )
  if (next === undefined && ending !== 'silent') return undefined
  if (next === undefined)
    return verdict(
      'desync',
      'desync',
      `It is answered with ${answer.status}; the request after it is not answered, nor is the connection closed.`,
    )
  return verdict(
    'desync',
    'desync',
    `It is answered with ${answer.status}; then ${[next, ...more].map(({ status }) => status).join(', ')} came, and not one answer to the one request that follows.`,
  )
}
