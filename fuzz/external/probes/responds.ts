import type { Attempt } from '../attempt.ts'
import type { Probe } from '../probe.ts'
import { lastRequest, latin1, request } from '../request-text.ts'
import type { Site } from '../target-site.ts'

export const responds: Probe = {
  name: 'responds',
  sentence:
    'Before the deadline the server responds to a request or closes the connection, also if the request is incomplete.',
  table: site => [...unusual(site), ...incomplete(site)],
  check({ sent: { requests, refusal, isTruncated }, responses, ending, attempt, health }) {
    const isTunnel = requests.some(
      ({ method, fields }) => method === 'CONNECT' || fields.has('upgrade'),
    )
    if (health !== 'alive' || refusal !== undefined || isTunnel) return
    const done = responses.filter(({ isComplete }) => isComplete).length
    const last = requests[done]
    if (ending === 'silent' && done < requests.length)
      return {
        kind: `no response to ${last!.method}`,
        severity: 'wrong',
        detail: `The server does not respond to request ${done + 1} of ${requests.length}, and does not close the connection.`,
        rfc: 'RFC 9110 §9.2, RFC 9112 §9.3',
      }
    if (
      ending === 'silent' &&
      (attempt.halfCloses || (!isTruncated && requests.at(-1)?.keepsAlive === false))
    )
      return {
        kind: `not closed after ${isTruncated ? 'an incomplete request' : attempt.halfCloses ? 'FIN' : 'the last response'}`,
        severity: 'wrong',
        detail: 'The connection stays open, although no request can follow on it.',
        rfc: 'RFC 9112 §9.6',
      }
    if (responses.length === 0 && last !== undefined && ending !== 'silent')
      return {
        kind: `closed before the response to ${last.method}`,
        severity: 'wrong',
        detail: `The connection was ${ending} without a response to a well-formed request.`,
        rfc: 'RFC 9110 §15',
      }
    return undefined
  },
}

function unusual({ host }: Site): Attempt[] {
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

/** Incomplete requests after which the client sends FIN. */
function incomplete({ host }: Site): Attempt[] {
  const head = lastRequest('POST', '/', host)
  const texts = [
    'G',
    'GET / HTTP/1.1\r\nHost',
    head.slice(0, -2),
    head.replace('\r\n\r\n', '\r\nContent-Length: 9\r\n\r\nfour'),
    head.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nfour'),
    `${request('GET', '/', host)}GET`,
  ]
  return texts.map(text => ({ bytes: latin1(text), halfCloses: true }))
}
