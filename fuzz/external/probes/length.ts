import { excerpt } from '../excerpt.ts'
import type { Probe } from '../probe.ts'

export const length: Probe = {
  name: 'length',
  sentence:
    'The content of a response has exactly as many bytes as its Content-Length or its chunks say.',
  check({ sent: { requests }, responses, rest, ending }) {
    const at = responses.findIndex(({ isComplete, error }) => !isComplete || error !== undefined)
    const isOver = ending === 'closed' || ending === 'reset'
    const verdict = (kind: string, detail: string) =>
      ({ kind, severity: 'wrong', detail, rfc: 'RFC 9110 §8.6, RFC 9112 §6.3' }) as const
    const { error, body } = responses[at] ?? {}
    if (at < requests.length && error !== undefined)
      return verdict('invalid length', `Response ${at + 1} has ${error.reason}.`)
    if (at < requests.length && body !== undefined && isOver)
      return verdict(
        'less than Content-Length',
        `Response ${at + 1} ends after ${body.length} bytes of content, fewer than announced.`,
      )
    const last = requests[responses.length - 1]
    if (rest.length > 0 && last !== undefined && last.method !== 'HEAD' && !isHeadCut(rest))
      return verdict(
        'more than Content-Length',
        `${excerpt(rest)} follows the end of response ${responses.length}.`,
      )
    if (rest.length > 0 && responses.length === 0 && requests.length > 0 && !isHeadCut(rest))
      return verdict('not a response', `${excerpt(rest)} arrived instead of a response.`)
    return undefined
  },
}

/** Returns whether the bytes may be the beginning of a response's head. */
function isHeadCut(rest: Buffer): boolean {
  return (
    !rest.includes('\r\n\r\n') &&
    'HTTP/1.1 '.startsWith(rest.toString('latin1', 0, 9).replace('1.0', '1.1'))
  )
}
