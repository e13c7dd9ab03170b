import type { ReceivedResponse } from '../../received-response.ts'
import { interpretRange, type RangeInterpretation } from '../byte-range.ts'
import type { Observation } from '../observation.ts'
import type { ParsedRequest } from '../parsed-requests.ts'
import type { Probe } from '../probe.ts'
import type { Severity, Verdict } from '../severity.ts'
import { isSameResponse } from '../target-site.ts'
import { randomRange, rangeTable } from './range-inputs.ts'
import { isIncomplete, isRightPart } from './range-response.ts'

export const range: Probe = {
  name: 'range',
  sentence:
    'The response to a Range is 200 with the whole file, 206 with exactly the requested bytes, or 416.',
  table: site => (site.file === undefined ? [] : rangeTable(site.host, site.file)),
  inputs: ({ file, host }) => file && randomRange(host, file),
  check(observation) {
    const at = observation.sent.requests.findIndex(({ fields }) => fields.has('range'))
    const response = observation.responses[at]
    const requested = observation.sent.requests[at]
    const file = observation.site.resources.find(({ path }) => path === requested?.target)?.response
    if (requested === undefined || response === undefined || file?.status !== 200) return
    return checkResponse(requested, response, file, observation)
  },
}

function checkResponse(
  requested: ParsedRequest,
  response: ReceivedResponse,
  file: ReceivedResponse,
  { ending }: Observation,
): Verdict | undefined {
  const { method, fields } = requested
  const value = fields.get('range')!
  const interpretation = interpretRange(value, file.body.length)
  const { status } = response
  const verdict = (
    kind: string,
    detail: string,
    rfc: string,
    severity: Severity = 'wrong',
  ): Verdict => ({
    kind: `range: ${kind}`,
    severity,
    detail: `Range: ${value} of ${file.body.length} bytes: ${detail}`,
    rfc: `RFC 9110 ${rfc}`,
  })
  if (interpretation.kind === 'doubtful' || (!response.isComplete && ending === 'silent')) return
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
  if (interpretation.kind === 'another unit' && (status === 206 || status === 416))
    return verdict(
      'another unit',
      `${status}: a unit that is not understood must be ignored.`,
      '§14.2',
    )
  if (status === 200 && !isSameResponse(response, file))
    return verdict(
      `other content, ${formOf(interpretation)}`,
      '200 with different content than without Range.',
      '§14.2',
    )
  if (status === 416) return check416(interpretation, response, file, verdict)
  return status === 206 ? check206(interpretation, response, file, verdict) : undefined
}

type MakeVerdict = (kind: string, detail: string, rfc: string, severity?: Severity) => Verdict

function check416(
  interpretation: RangeInterpretation,
  response: ReceivedResponse,
  file: ReceivedResponse,
  verdict: MakeVerdict,
): Verdict | undefined {
  const { length } = file.body
  // RFC 9110 §14.2: a server may refuse many ranges.
  if (interpretation.kind === 'ranges' && interpretation.ranges.length <= 2)
    return verdict(
      `416 for satisfiable, ${interpretation.form}`,
      '416, although the file has such bytes.',
      '§14.1.2',
    )
  // RFC 9110 §15.5: the content of an error should explain it.
  if (response.body.length > 0 && response.body.equals(file.body))
    return verdict(
      `416 with the content, ${interpretation.kind}`,
      '416 with the whole file as content.',
      '§15.5',
    )
  const contentRange = response.field('content-range')
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

function check206(
  interpretation: RangeInterpretation,
  response: ReceivedResponse,
  file: ReceivedResponse,
  verdict: MakeVerdict,
): Verdict | undefined {
  const ranges = interpretation.kind === 'ranges' ? interpretation.ranges : []
  const got = `206 with Content-Range: ${response.field('content-range')} and ${response.body.length} bytes.`
  if (interpretation.kind === 'unsatisfiable')
    return verdict('206 for unsatisfiable', got, '§14.1.2')
  // RFC 9110 §14.2: a server may ignore or refuse it.
  if (interpretation.kind !== 'ranges')
    return verdict(`206 for ${interpretation.kind}`, got, '§14.2', 'ambiguity')
  if (!isRightPart(response, file.body, ranges))
    return verdict(`wrong bytes, ${interpretation.form}`, got, '§15.3.7')
  if (isIncomplete(response, ranges))
    return verdict('one of several', `${got} The other ranges are missing.`, '§15.3.7', 'leniency')
  return undefined
}

function formOf(interpretation: RangeInterpretation): string {
  return interpretation.kind === 'ranges' ? interpretation.form : interpretation.kind
}

/** RFC 9110 §13.1.5: by strong comparison of tags, or by equality of dates. */
function isCurrent(ifRange: string, file: ReceivedResponse): boolean {
  const tag = file.field('etag')
  return ifRange.startsWith('"') ? ifRange === tag : ifRange === file.field('last-modified')
}

function isOnlyRange(names: Iterable<string>): boolean {
  return [...names].every(name => /^(range|if-range|host|connection|x-.*)$/.test(name))
}
