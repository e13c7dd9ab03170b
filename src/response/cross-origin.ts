import type { RequestHead } from '../parser/index.ts'
import { trimOws } from './field-syntax.ts'
import { type FieldLine, isFieldName } from './response-head.ts'
import { planEmpty, type ResponsePlan } from './response-plan.ts'
import { StatusCode } from './status.ts'

/** Fields that scripts may read in addition to the CORS-safelisted ones, such as Content-Type. */
const EXPOSED_FIELDS = 'Accept-Ranges, Content-Encoding, Content-Range, ETag, Location'

/** One day. Browsers cap the value: Firefox at one day, Chromium at two hours. */
const PREFLIGHT_SECONDS = '86400'

const REQUESTED_NAMES_MAX = 64

/**
 * Returns the fields that let scripts of other origins read a response (Fetch §3.3.3). `origins`
 * lists the allowed origins exactly, or `*` for all; undefined allows none. Credentials are never
 * allowed: files are the same for all users.
 *
 * @example
 * const fields = { origin: 'https://a.example' }
 * const head = { field: name => fields[name] }
 * corsFields(['https://a.example'], head)[1] // => ['Access-Control-Allow-Origin', 'https://a.example']
 */
export function corsFields(
  origins: readonly string[] | undefined,
  head: Pick<RequestHead, 'field'>,
): readonly FieldLine[] {
  const fields = originFields(origins, head)
  return isAllowedOrigin(fields)
    ? [...fields, ['Access-Control-Expose-Headers', EXPOSED_FIELDS]]
    : fields
}

/**
 * Plans the response to a CORS-preflight request (Fetch §4.8); returns undefined for any other
 * request. An origin that is not allowed gets a 204 without the fields that would allow it. Access
 * to private networks is never allowed.
 *
 * @example
 * const fields = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
 * const head = { method: 'OPTIONS', field: name => fields[name] }
 * const preflight = planPreflight(['*'], head, ['GET', 'PUT'])
 * preflight?.fields[1] // => ['Access-Control-Allow-Methods', 'GET, PUT']
 */
export function planPreflight(
  origins: readonly string[] | undefined,
  head: Pick<RequestHead, 'method' | 'field'>,
  methods: readonly string[],
): ResponsePlan | undefined {
  // Fetch §3.3.2: these fields make a CORS-preflight request.
  const names = ['origin', 'access-control-request-method']
  const isPreflight =
    head.method === 'OPTIONS' && names.every(name => head.field(name) !== undefined)
  if (origins === undefined || !isPreflight) return undefined
  const fields = originFields(origins, head)
  if (!isAllowedOrigin(fields)) return planEmpty(StatusCode.NoContent, fields)
  fields.push(['Access-Control-Allow-Methods', methods.join(', ')])
  // Nothing but field names is echoed.
  const requested = (head.field('access-control-request-headers') ?? '')
    .split(',', REQUESTED_NAMES_MAX)
    .map(trimOws)
    .filter(isFieldName)
  if (requested.length > 0) fields.push(['Access-Control-Allow-Headers', requested.join(', ')])
  fields.push(['Access-Control-Max-Age', PREFLIGHT_SECONDS])
  return planEmpty(StatusCode.NoContent, fields)
}

function originFields(
  origins: readonly string[] | undefined,
  head: Pick<RequestHead, 'field'>,
): FieldLine[] {
  if (origins === undefined) return []
  // On every response, with or without an Origin, so that a cache can use one for all clients.
  if (origins.includes('*')) return [['Access-Control-Allow-Origin', '*']]
  // Fetch §3.3.5: also without an Origin; a cache could send the response to clients with one.
  const vary: FieldLine = ['Vary', 'Origin']
  const origin = head.field('origin')
  return origin !== undefined && origins.includes(origin)
    ? [vary, ['Access-Control-Allow-Origin', origin]]
    : [vary]
}

function isAllowedOrigin(fields: readonly FieldLine[]): boolean {
  return fields.some(([name]) => name === 'Access-Control-Allow-Origin')
}
