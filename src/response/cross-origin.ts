import type { RequestHead } from '../parser/index.ts'
import type { FieldLine } from './head-writer.ts'
import { trimOws } from './ows.ts'
import { isFieldName } from './response-builder.ts'
import { planEmpty, type ResponsePlan } from './response-plan.ts'
import { StatusCode } from './status.ts'

/** What scripts may read of an answer besides Cache-Control, Content-Length, Content-Type, Last-Modified and their like. */
const EXPOSED = 'Accept-Ranges, Content-Encoding, Content-Range, ETag, Location'

/** A day. Browsers cap it: Firefox at this, Chromium at two hours. */
const PREFLIGHT_SECONDS = '86400'

const REQUESTED_NAMES_MAX = 64

/**
 * The fields that let scripts of other origins read an answer (Fetch §3.3.3). `origins` is what is let: exact origins, or `*` for
 * all; undefined for none. Never with credentials: files are the same to everybody.
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
  return isAllowedOrigin(fields) ? [...fields, ['Access-Control-Expose-Headers', EXPOSED]] : fields
}

/**
 * How to answer the request that a browser makes before one that is not simple (Fetch §4.8), undefined for any other request. An
 * origin that is not let gets an answer that does not let it. Access to a private network is not given.
 *
 * @example
 * const fields = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
 * const head = { method: 'OPTIONS', field: name => fields[name] }
 * planPreflight(['*'], head, ['GET', 'PUT'])?.fields[1] // => ['Access-Control-Allow-Methods', 'GET, PUT']
 */
export function planPreflight(
  origins: readonly string[] | undefined,
  head: Pick<RequestHead, 'method' | 'field'>,
  methods: readonly string[],
): ResponsePlan | undefined {
  if (origins === undefined || head.method !== 'OPTIONS') return undefined
  // Fetch §3.3.2: these two make a CORS-preflight request.
  if (
    head.field('origin') === undefined ||
    head.field('access-control-request-method') === undefined
  )
    return undefined
  const fields = [...originFields(origins, head)]
  if (!isAllowedOrigin(fields)) return planEmpty(StatusCode.NoContent, fields)
  fields.push(['Access-Control-Allow-Methods', methods.join(', ')])
  const names = requestedNames(head.field('access-control-request-headers') ?? '')
  if (names.length > 0) fields.push(['Access-Control-Allow-Headers', names.join(', ')])
  fields.push(['Access-Control-Max-Age', PREFLIGHT_SECONDS])
  return planEmpty(StatusCode.NoContent, fields)
}

function originFields(
  origins: readonly string[] | undefined,
  head: Pick<RequestHead, 'field'>,
): FieldLine[] {
  if (origins === undefined) return []
  // Whoever asks, and whether or not by CORS, so that caches need only one.
  if (origins.includes('*')) return [['Access-Control-Allow-Origin', '*']]
  // Fetch §3.3.5: also where no origin came, else a cache gives this answer to those with one.
  const vary: FieldLine = ['Vary', 'Origin']
  const origin = head.field('origin')
  return origin !== undefined && origins.includes(origin)
    ? [vary, ['Access-Control-Allow-Origin', origin]]
    : [vary]
}

function isAllowedOrigin(fields: readonly FieldLine[]): boolean {
  return fields.some(([name]) => name === 'Access-Control-Allow-Origin')
}

/** Those of the names asked for that are names: what else came is not repeated. */
function requestedNames(list: string): string[] {
  return list.split(',', REQUESTED_NAMES_MAX).map(trimOws).filter(isFieldName)
}
