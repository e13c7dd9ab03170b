import type { Attempt } from '../attempt.ts'
import { type DesyncProbe, desyncProbe } from '../malformations/desync-probe.ts'
import type { Probe } from '../probe.ts'
import { latin1, request } from '../request-text.ts'

export const last: Probe = {
  name: 'last',
  sentence: 'The server does not respond to anything after the last request of a connection.',
  table(site) {
    const desync = desyncProbe(site)
    return desync === undefined
      ? []
      : CLOSING.map(([label, version, value]) => attempt(desync, label, version, value))
  },
  check({ sent: { requests, refusal, isTruncated }, responses, attempt }) {
    const end = requests.at(-1)
    const isEnded = end?.keepsAlive === false && refusal === undefined && !isTruncated
    if (!isEnded || responses.length <= requests.length) return
    return {
      kind: `reads on after the last request: ${attempt.label ?? 'request'}`,
      severity: 'wrong',
      detail: `There are ${responses.length} responses, although request ${requests.length} is the last.`,
      rfc: end.version === '1.0' ? 'RFC 9112 §9.3' : 'RFC 9112 §9.6',
      subsumes: 'reads on after the last request: request',
    }
  },
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
  label: string,
  version: string,
  value: string,
): Attempt {
  const text = request('GET', target, host, [['Connection', value]]).replace(
    'HTTP/1.1',
    `HTTP/${version}`,
  )
  return { bytes: latin1(text + smuggled), label, isMinimal: true }
}
