import type { Probe } from '../probe.ts'
import { text } from '../wire-text.ts'

export const length: Probe = {
  name: 'length',
  sentence:
    'What is sent after a head is what its Content-Length or its chunks say, no byte more and no byte less.',
  judge({ reading: { requests }, answers, rest, ending }) {
    const at = answers.findIndex(({ isWhole, fault }) => !isWhole || fault !== undefined)
    const isOver = ending === 'closed' || ending === 'reset'
    const verdict = (kind: string, happened: string) =>
      ({ kind, severity: 'wrong', happened, rfc: 'RFC 9110 §8.6, RFC 9112 §6.3' }) as const
    const { fault, content } = answers[at] ?? {}
    if (at < requests.length && fault !== undefined)
      return verdict('invalid length', `Answer ${at + 1} has ${fault}.`)
    if (at < requests.length && content !== undefined && isOver)
      return verdict(
        'less than Content-Length',
        `Answer ${at + 1} ends after ${content.length} bytes of content, and more were announced.`,
      )
    const last = requests[answers.length - 1]
    if (rest.length > 0 && last !== undefined && last.method !== 'HEAD' && !isHeadCut(rest))
      return verdict(
        'more than Content-Length',
        `${text(rest)} follows the end of answer ${answers.length}.`,
      )
    if (rest.length > 0 && answers.length === 0 && requests.length > 0 && !isHeadCut(rest))
      return verdict('not an answer', `${text(rest)} came in the place of an answer.`)
    return undefined
  },
}

/** Whether it may be an answer's head, up to where the connection was cut. */
function isHeadCut(rest: Buffer): boolean {
  return (
    !rest.includes('\r\n\r\n') &&
    'HTTP/1.1 '.startsWith(rest.toString('latin1', 0, 9).replace('1.0', '1.1'))
  )
}
