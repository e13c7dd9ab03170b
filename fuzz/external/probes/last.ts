import { type Attempt, latin1, request } from '../attempt.ts'
import { type DesyncProbe, desyncProbe } from '../malformations/desync-probe.ts'
import type { Probe } from '../probe.ts'
import type { Response } from '../response.ts'

export const last: Probe = {
  name: 'last',
  sentence: 'Nothing is answered after the request that was to be the last of its connection.',
  table(site) {
    const play = desyncProbe(site)
    return play === undefined
      ? []
      : CLOSING.map(([about, version, value]) => attempt(play, about, version, value))
  },
  judge({ reading: { requests, refusal, isCut }, answers, attempt }) {
    const end = requests.at(-1)
    const isEnded = end?.keepsOpen === false && refusal === undefined && !isCut
    // RFC 9110 §9.3.6: what follows is not HTTP of this server.
    if (end?.method === 'CONNECT' && isSuccess(answers[requests.length - 1])) return
    if (!isEnded || answers.length <= requests.length) return
    return {
      kind: `reads on after the last request: ${attempt.about ?? 'request'}`,
      severity: 'wrong',
      happened: `There are ${answers.length} answers, and request ${requests.length} was to be the last.`,
      rfc: end.version === '1.0' ? 'RFC 9112 §9.3' : 'RFC 9112 §9.6',
      covers: 'reads on after the last request: request',
    }
  },
}

function isSuccess(answer: Response | undefined): boolean {
  return answer !== undefined && answer.status >= 200 && answer.status < 300
}

const CLOSING = [
  ['Connection: close', '1.1', 'close'],
  ['Connection: CLOSE', '1.1', 'CLOSE'],
  ['a tab after close', '1.1', 'close\t'],
  ['close in a list', '1.1', 'x, close'],
  ['close in a list with nothing', '1.1', ',close,'],
  ['close after close in quotes', '1.1', '"close", close'],
  ['close and keep-alive', '1.1', 'keep-alive, close'],
  ['HTTP/1.0', '1.0', 'x'],
  ['HTTP/1.0 and a word with keep-alive in it', '1.0', 'xkeep-alive'],
] as const

function attempt(
  { target, host, smuggled }: DesyncProbe,
  about: string,
  version: string,
  value: string,
): Attempt {
  const text = request('GET', target, host, [['Connection', value]]).replace(
    'HTTP/1.1',
    `HTTP/${version}`,
  )
  return { bytes: latin1(text + smuggled), about, isSmallest: true }
}
