import { type Wanted, wantedOf } from '../byte-range.ts'
import type { ExpectedRequest } from '../expected-requests.ts'
import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import { fieldOf, type Response } from '../response.ts'
import type { Severity, Verdict } from '../severity.ts'
import { isSame } from '../target-site.ts'
import { randomRange, rangeTable } from './range-inputs.ts'
import { isIncomplete, isRightPart } from './range-parts.ts'

export const range: Probe = {
  name: 'range',
  sentence:
    'A Range is either ignored, with 200 and the whole file, or answered with exactly the bytes it asks for, or 416.',
  table: site => (site.file === undefined ? [] : rangeTable(site.host, site.file)),
  inputs: ({ file, host }) => file && randomRange(host, file),
  judge(observation) {
    const at = observation.reading.requests.findIndex(({ fields }) => fields.has('range'))
    const answer = observation.answers[at]
    const asked = observation.reading.requests[at]
    const file = observation.site.resources.find(({ path }) => path === asked?.target)?.answer
    if (asked === undefined || answer === undefined || file?.status !== 200) return
    return judgeAnswer(asked, answer, file, observation)
  },
}

function judgeAnswer(
  asked: ExpectedRequest,
  answer: Response,
  file: Response,
  { ending }: Observation,
): Verdict | undefined {
  const { method, fields } = asked
  const value = fields.get('range')!
  const wanted = wantedOf(value, file.content.length)
  const { status } = answer
  const verdict = (
    kind: string,
    happened: string,
    rfc: string,
    severity: Severity = 'wrong',
  ): Verdict => ({
    kind: `range: ${kind}`,
    severity,
    happened: `Range: ${value} of ${file.content.length} bytes: ${happened}`,
    rfc: `RFC 9110 ${rfc}`,
  })
  if (wanted.kind === 'doubtful' || (!answer.isWhole && ending === 'silent')) return
  if (method === 'HEAD')
    return status === 206 || status === 416
      ? verdict(`${status} to HEAD`, `${status} to HEAD, for which no ranges are defined.`, '§14.2')
      : undefined
  if (method !== 'GET' || !isOnlyRange(fields.keys())) return
  const ifRange = fields.get('if-range')
  if (ifRange !== undefined && !isCurrent(ifRange, file))
    return status === 206 || status === 416
      ? verdict('If-Range', `${status}, though If-Range: ${ifRange} does not match.`, '§13.1.5')
      : undefined
  if (wanted.kind === 'another unit' && (status === 206 || status === 416))
    return verdict(
      'another unit',
      `${status}: a unit that is not understood must be ignored.`,
      '§14.2',
    )
  if (status === 200 && !isSame(answer, file))
    return verdict(
      `other content, ${formOf(wanted)}`,
      '200 with another content than without Range.',
      '§14.2',
    )
  if (status === 416) return judge416(wanted, answer, file, verdict)
  return status === 206 ? judge206(wanted, answer, file, verdict) : undefined
}

type MakeVerdict = (kind: string, happened: string, rfc: string, severity?: Severity) => Verdict

function judge416(
  wanted: Wanted,
  answer: Response,
  file: Response,
  verdict: MakeVerdict,
): Verdict | undefined {
  const { length } = file.content
  // RFC 9110 §14.2: many ranges may be refused for being many.
  if (wanted.kind === 'slices' && wanted.slices.length <= 2)
    return verdict(
      `416 for what can be had, ${wanted.form}`,
      '416, and the file has such bytes.',
      '§14.1.2',
    )
  // RFC 9110 §15.5: what comes with an error should explain it.
  if (answer.content.length > 0 && answer.content.equals(file.content))
    return verdict(
      `416 with the content, ${wanted.kind}`,
      '416, and yet the whole file as content.',
      '§15.5',
    )
  const contentRange = fieldOf(answer, 'content-range')
  if (contentRange === undefined)
    return verdict(
      '416 without Content-Range',
      '416 does not say how long the file is.',
      '§15.5.17',
      'leniency',
    )
  if (contentRange !== `bytes */${length}`)
    return verdict('416 with a wrong Content-Range', `Content-Range: ${contentRange}.`, '§14.4')
  return undefined
}

function judge206(
  wanted: Wanted,
  answer: Response,
  file: Response,
  verdict: MakeVerdict,
): Verdict | undefined {
  const { slices = [] } = wanted as { slices?: Extract<Wanted, { kind: 'slices' }>['slices'] }
  const got = `206 with Content-Range: ${fieldOf(answer, 'content-range')} and ${answer.content.length} bytes.`
  if (wanted.kind === 'unsatisfiable') return verdict('206 for unsatisfiable', got, '§14.1.2')
  // RFC 9110 §14.2 lets it be ignored or refused.
  if (wanted.kind !== 'slices') return verdict(`206 for ${wanted.kind}`, got, '§14.2', 'ambiguity')
  if (!isRightPart(answer, file.content, slices))
    return verdict(`wrong bytes, ${wanted.form}`, got, '§15.3.7')
  if (isIncomplete(answer, slices))
    return verdict('one of several', `${got} The others are left out.`, '§15.3.7', 'leniency')
  return undefined
}

function formOf(wanted: Wanted): string {
  return wanted.kind === 'slices' ? wanted.form : wanted.kind
}

/** RFC 9110 §13.1.5: by strong comparison, or to the second. */
function isCurrent(ifRange: string, file: Response): boolean {
  const tag = fieldOf(file, 'etag')
  return ifRange.startsWith('"') ? ifRange === tag : ifRange === fieldOf(file, 'last-modified')
}

function isOnlyRange(names: Iterable<string>): boolean {
  return [...names].every(name => /^(range|if-range|host|connection|x-.*)$/.test(name))
}
