import * as fc from 'fast-check'
import { chunking as generateChunking } from '../../generators/chunking.ts'
import { pipelined } from '../../generators/pipelined.ts'
import type { Attempt } from '../attempt.ts'
import { contentTable } from '../malformations/content.ts'
import { desyncProbe } from '../malformations/desync-probe.ts'
import type { Observation } from '../observation.ts'
import { type ParsedRequest, type ParsedRequests, parseRequests } from '../parsed-requests.ts'
import type { Probe } from '../probe.ts'
import { lastRequest, latin1, request } from '../request-text.ts'
import type { Site } from '../target-site.ts'

export const chunking: Probe = {
  name: 'chunking',
  sentence:
    'The same bytes get the same responses, whether they arrive at once, in pieces, or one by one.',
  table(site) {
    const desync = desyncProbe(site)
    const chunks = desync && contentTable(desync).find(({ label }) => label === 'chunk extensions')
    const attempts = [pipeline(site), ...(chunks === undefined ? [] : [chunks])]
    return attempts.flatMap(attempt => [
      { ...attempt, cuts: Array.from({ length: attempt.bytes.length - 1 }, (_, i) => i + 1) },
      { ...attempt, cuts: lineCuts(attempt.bytes) },
    ])
  },
  inputs(site) {
    const canary = pipeline(site).bytes
    const anything = pipelined().map(({ wire }) => ({
      bytes: Buffer.concat([wire, canary]),
      label: 'request',
    }))
    return fc
      .oneof(anything, fc.constant(pipeline(site)))
      .filter(({ bytes }) => bytes.length < CUT_BYTES_MAX && isPlain(parseRequests(bytes)))
      .chain(attempt =>
        generateChunking(attempt.bytes).map(slices => ({ ...attempt, cuts: endsOf(slices) })),
      )
  },
  check(observation) {
    const { whole } = observation
    if (whole === undefined || !isPlain(observation.sent) || isAlike(observation, whole)) return
    const statuses = ({ responses }: Observation): string =>
      responses.map(({ status }) => status).join(', ') || 'none'
    return {
      kind: `cut: ${observation.attempt.label ?? 'pipelined requests'}`,
      severity: 'desync',
      detail: `In one write the responses are ${statuses(whole)}; cut, they are ${statuses(observation)}, or their content differs.`,
      rfc: 'RFC 9112 §2.2',
    }
  },
}

/** The length of the longest attempt that is cut. */
const CUT_BYTES_MAX = 600

/** Methods that every server parses. */
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE)$/

/** Returns whether the server must respond to every request: none ends the connection early. */
function isPlain({ requests, refusal, isTruncated, hasTrailingBytes }: ParsedRequests): boolean {
  const isPersistent = requests.slice(0, -1).every(({ keepsAlive }) => keepsAlive)
  const isOrdinary = requests.every(isOrdinaryRequest)
  return refusal === undefined && !isTruncated && !hasTrailingBytes && isPersistent && isOrdinary
}

function isOrdinaryRequest({ method, version, fields }: ParsedRequest): boolean {
  return METHODS.test(method) && (version === '1.0' || version === '1.1') && !fields.has('upgrade')
}

/** Returns the offsets between non-empty slices. */
function endsOf(slices: readonly Uint8Array[]): number[] {
  let at = 0
  const ends = slices.map(({ length }) => (at += length))
  return [...new Set(ends)].filter(end => end > 0 && end < at)
}

/** Compares responses; those that a reset has cut off do not count as a difference. */
function isAlike(a: Observation, b: Observation): boolean {
  const count = Math.min(a.responses.length, b.responses.length)
  const isSameAsFar = a.responses.slice(0, count).every((response, i) => {
    const other = b.responses[i]!
    return (
      !response.isComplete ||
      !other.isComplete ||
      (response.status === other.status && response.body.equals(other.body))
    )
  })
  const mayBeShort = a.ending === 'reset' || b.ending === 'reset'
  return isSameAsFar && (mayBeShort || a.responses.length === b.responses.length)
}

function pipeline({ distinct, host }: Site): Attempt {
  const paths = distinct.slice(0, 3).map(({ path }) => path)
  const texts = paths.map((path, i) =>
    (i === paths.length - 1 ? lastRequest : request)('GET', path, host),
  )
  return { bytes: latin1(texts.join('')) }
}

/** Returns the offsets between CR and LF. */
function lineCuts(bytes: Buffer): number[] {
  return Array.from(bytes.keys()).filter(at => bytes[at] === 0x0a)
}
