import * as fc from 'fast-check'
import { chunking as generateChunking } from '../../generators/chunking.ts'
import { pipelined } from '../../generators/pipelined.ts'
import { type Attempt, lastRequest, latin1, request } from '../attempt.ts'
import {
  type ExpectedRequest,
  type ExpectedRequests,
  expectedRequests,
} from '../expected-requests.ts'
import { contentTable } from '../malformations/content.ts'
import { desyncProbe } from '../malformations/desync-probe.ts'
import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import type { Site } from '../target-site.ts'

export const chunking: Probe = {
  name: 'chunking',
  sentence:
    'The same bytes have the same answers, whether they come at once, in pieces, or one by one.',
  table(site) {
    const play = desyncProbe(site)
    const chunks = play && contentTable(play).find(({ about }) => about === 'chunk extensions')
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
      about: 'request',
    }))
    return fc
      .oneof(anything, fc.constant(pipeline(site)))
      .filter(({ bytes }) => bytes.length < CUT_MAX && isPlain(expectedRequests(bytes)))
      .chain(attempt =>
        generateChunking(attempt.bytes).map(slices => ({ ...attempt, cuts: endsOf(slices) })),
      )
  },
  judge(observation) {
    const { whole } = observation
    if (whole === undefined || !isPlain(observation.reading) || isAlike(observation, whole)) return
    const statuses = ({ answers }: Observation): string =>
      answers.map(({ status }) => status).join(', ') || 'none'
    return {
      kind: `cut: ${observation.attempt.about ?? 'pipelined requests'}`,
      severity: 'desync',
      happened: `In one write the answers are ${statuses(whole)}; cut, they are ${statuses(observation)}, or say something else.`,
      rfc: 'RFC 9112 §2.2',
    }
  },
}

/** Of what is sent byte by byte. */
const CUT_MAX = 600

/** The methods that every server reads. */
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE)$/

/** Nothing ends the connection early, so that all answers are due. */
function isPlain({ requests, refusal, isCut, goesOn }: ExpectedRequests): boolean {
  const isGoingOn = requests.slice(0, -1).every(({ keepsOpen }) => keepsOpen)
  const isRead = requests.every(isUnderstood)
  return refusal === undefined && !isCut && !goesOn && isGoingOn && isRead
}

function isUnderstood({ method, version, fields }: ExpectedRequest): boolean {
  return METHODS.test(method) && (version === '1.0' || version === '1.1') && !fields.has('upgrade')
}

/** The offsets between slices that have bytes. */
function endsOf(slices: readonly Uint8Array[]): number[] {
  let at = 0
  const ends = slices.map(({ length }) => (at += length))
  return [...new Set(ends)].filter(end => end > 0 && end < at)
}

/** What a reset has cut off is no difference. */
function isAlike(a: Observation, b: Observation): boolean {
  const count = Math.min(a.answers.length, b.answers.length)
  const isSameAsFar = a.answers.slice(0, count).every((answer, i) => {
    const other = b.answers[i]!
    return (
      !answer.isWhole ||
      !other.isWhole ||
      (answer.status === other.status && answer.content.equals(other.content))
    )
  })
  const mayBeShort = a.ending === 'reset' || b.ending === 'reset'
  return isSameAsFar && (mayBeShort || a.answers.length === b.answers.length)
}

function pipeline({ distinct, host }: Site): Attempt {
  const paths = distinct.slice(0, 3).map(({ path }) => path)
  const texts = paths.map((path, i) =>
    (i === paths.length - 1 ? lastRequest : request)('GET', path, host),
  )
  return { bytes: latin1(texts.join('')) }
}

/** Between CR and LF. */
function lineCuts(bytes: Buffer): number[] {
  return Array.from(bytes.keys()).filter(at => bytes[at] === 0x0a)
}
