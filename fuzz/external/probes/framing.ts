import * as fc from 'fast-check'
import { textOf } from '../../generators/latin1.ts'
import { nearValidRequest } from '../../generators/near-valid-request.ts'
import type { ReceivedResponse } from '../../received-response.ts'
import { chunkTable } from '../malformations/chunks.ts'
import { contentTable } from '../malformations/content.ts'
import { anyMessage, desyncProbe } from '../malformations/desync-probe.ts'
import { framingTable } from '../malformations/framing.ts'
import { lineTable } from '../malformations/lines.ts'
import { mutatedMessage } from '../malformations/mutations.ts'
import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import type { Severity, Verdict } from '../severity.ts'
import { expectedResponse, isSameResponse } from '../target-site.ts'

export const framing: Probe = {
  name: 'framing',
  sentence:
    'No byte of a message is parsed as part of another, and an ambiguous message is refused.',
  table(site) {
    const desync = desyncProbe(site)
    if (desync === undefined) return []
    return [contentTable, framingTable, chunkTable, lineTable].flatMap(table => table(desync))
  },
  inputs(site) {
    const desync = desyncProbe(site)
    if (desync === undefined) return
    const message = fc.oneof(mutatedMessage(desync), nearValidRequest().map(textOf))
    return message.map(text => anyMessage(desync, text, 'request'))
  },
  check(observation) {
    return observation.attempt.malformation === undefined
      ? checkWellFormed(observation)
      : checkMalformed(observation)
  },
}

/** A well-formed message with content must not change the responses to the requests after it. */
function checkWellFormed({ site, sent, responses, attempt }: Observation): Verdict | undefined {
  const { requests } = sent
  if (sent.refusal !== undefined || sent.isTruncated || requests.length === 0) return
  const at = responses.findIndex((response, i) => {
    const expected = requests[i] && expectedResponse(site, requests[i])
    return expected !== undefined && response.isComplete && !isSameResponse(response, expected)
  })
  const isTooMany = responses.length > requests.length && requests.at(-1)!.keepsAlive
  if (!isTooMany && !requests.slice(0, Math.max(at, 0)).some(({ hasContent }) => hasContent)) return
  return {
    kind: `desync: ${attempt.label ?? 'content'}`,
    severity: 'desync',
    detail:
      at === -1
        ? `There are ${responses.length} responses to ${requests.length} requests: the server parsed content as a request.`
        : `After a well-formed message with content, GET ${requests[at]!.target} gets the response ${responses[at]!.status}, not its own.`,
    rfc: 'RFC 9112 §6.3',
  }
}

/** A server may refuse chunked content after it has responded to the request. */
const HAS_CODING = /^transfer-encoding/im

/** Returns whether the status means that the server refused a malformed message. */
function isRefusalStatus({ status }: ReceivedResponse): boolean {
  return [400, 408, 411, 413, 414, 431, 501, 505].includes(status)
}

function checkMalformed({
  site,
  sent,
  responses,
  attempt,
  ending,
}: Observation): Verdict | undefined {
  const malformation = attempt.malformation!
  const [response, next, ...more] = responses
  const verdict = (behaviour: string, severity: Severity, detail: string): Verdict => ({
    kind: `${behaviour}: ${malformation.name}`,
    severity,
    detail,
    rfc: malformation.rfc,
    subsumes: `${behaviour}: ${malformation.code}`,
  })
  if (sent.refusal !== malformation.code || sent.requests.length > 0) return
  const canaryResponse = site.resources.find(({ path }) => path === malformation.canary)!.response
  if (
    response !== undefined &&
    !isRefusalStatus(response) &&
    more.length === 0 &&
    isSameResponse(next, canaryResponse)
  )
    return verdict(
      'accepts',
      malformation.severity,
      `The server responds with ${response.status}, and then to the next request.`,
    )
  if (malformation.isGuess) return undefined
  if (response === undefined)
    return ending === 'silent' && !malformation.mayWait
      ? verdict(
          'waits',
          malformation.severity,
          'The server neither refuses it nor responds: it waits for more bytes.',
        )
      : undefined
  if (
    next !== undefined &&
    more.length === 0 &&
    isRefusalStatus(next) &&
    HAS_CODING.test(attempt.bytes.toString('latin1'))
  )
    return undefined
  if (isRefusalStatus(response))
    return next === undefined ||
      (malformation.mayReadOn && more.length === 0 && isSameResponse(next, canaryResponse))
      ? undefined
      : verdict(
          'reads on',
          malformation.severity,
          `The server refuses it with ${response.status}, and reads on.`,
        )
  if (malformation.mayLackContent && next !== undefined)
    return verdict(
      'finds no content',
      malformation.severity,
      `The server responds with ${response.status}, and parses the content as requests.`,
    )
  if (next === undefined && ending !== 'silent') return undefined
  if (next === undefined)
    return verdict(
      'desync',
      'desync',
      `The server responds with ${response.status}, but not to the next request, and does not close the connection.`,
    )
  return verdict(
    'desync',
    'desync',
    `The server responds with ${response.status}, then with ${[next, ...more].map(({ status }) => status).join(', ')} instead of one response to the one request that follows.`,
  )
}
