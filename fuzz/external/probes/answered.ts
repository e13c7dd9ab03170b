import { type Attempt, lastRequest, latin1, request } from '../attempt.ts'
import type { Probe } from '../probe.ts'
import type { Site } from '../target-site.ts'

export const answered: Probe = {
  name: 'answered',
  sentence:
    'A request is answered, or its connection closed, before the deadline; so is one that its client leaves unfinished.',
  table: site => [...odd(site), ...unfinished(site)],
  judge({ reading: { requests, refusal, isCut }, answers, ending, attempt, life }) {
    const isTunnel = requests.some(
      ({ method, fields }) => method === 'CONNECT' || fields.has('upgrade'),
    )
    if (life !== 'well' || refusal !== undefined || isTunnel) return
    const done = answers.filter(({ isWhole }) => isWhole).length
    const last = requests[done]
    if (ending === 'silent' && done < requests.length)
      return {
        kind: `no answer to ${last!.method}`,
        severity: 'wrong',
        happened: `Request ${done + 1} of ${requests.length} is neither answered nor is the connection closed.`,
        rfc: 'RFC 9110 §9.2, RFC 9112 §9.3',
      }
    if (
      ending === 'silent' &&
      (attempt.finishes || (!isCut && requests.at(-1)?.keepsOpen === false))
    )
      return {
        kind: `not closed after ${isCut ? 'an unfinished request' : attempt.finishes ? 'FIN' : 'the last answer'}`,
        severity: 'wrong',
        happened: 'The connection stays open, though nothing can follow on it.',
        rfc: 'RFC 9112 §9.6',
      }
    if (answers.length === 0 && last !== undefined && ending !== 'silent')
      return {
        kind: `${last.method} unanswered`,
        severity: 'wrong',
        happened: `The connection was ${ending} without an answer to a well-formed request.`,
        rfc: 'RFC 9110 §15',
      }
    return undefined
  },
}

function odd({ host }: Site): Attempt[] {
  const heads = [
    'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.0\r\n\r\n',
    `\r\nGET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    `GET / HTTP/1.1\r\nhOST:${host} \t\r\ncONNECTION:CLOSE\r\n\r\n`,
    lastRequest('GET', `http://${host}/`, host),
    lastRequest('OPTIONS', '*', host),
    lastRequest('GET', '/?', host, [['Upgrade', 'h2c']]),
    lastRequest('GET', '/', host, [['Expect', '100-continue']]),
    lastRequest('GET', '/', host, [['If-Modified-Since', 'yesterday']]),
    lastRequest('GET', '/', host, [['If-None-Match', '"']]),
    lastRequest('GET', '/', host, [['Accept-Encoding', 'gzip;q=, br;q=2, ,*;q=0']]),
    ...['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW'].map(method =>
      lastRequest(method, '/', host),
    ),
  ]
  return heads.map(head => ({ bytes: latin1(head) }))
}

/** The client has said that it sends no more. */
function unfinished({ host }: Site): Attempt[] {
  const head = lastRequest('POST', '/', host)
  const texts = [
    'G',
    'GET / HTTP/1.1\r\nHost',
    head.slice(0, -2),
    head.replace('\r\n\r\n', '\r\nContent-Length: 9\r\n\r\nfour'),
    head.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nfour'),
    `${request('GET', '/', host)}GET`,
  ]
  return texts.map(text => ({ bytes: latin1(text), finishes: true }))
}
