import * as fc from 'fast-check'
import { fieldNamed, insignificantFields } from './field-model.ts'
import { fieldValue, listOf, token } from './grammar.ts'
import { sometimesAtLimit } from './grow-to-limit.ts'
import { requestContent } from './request-content.ts'
import type { ContentModel, FieldModel, RequestModel } from './request-model.ts'
import { authority, requestTarget, type TargetFormName } from './request-target.ts'

/** RFC 9110 §9.1: any token is a method, and methods are case-sensitive. */
const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'M-SEARCH',
  'get',
  'PRI',
  'CONNEC',
]

const OPTIONS = ['keep-alive', 'Keep-Alive', 'closed', 'te', 'x-close', '"close"']
const CLOSING = ['close', 'CLOSE', 'Close']

type RequestLine = {
  readonly method: string
  readonly form: TargetFormName
  readonly target: string
}

function requestLine(): fc.Arbitrary<RequestLine> {
  const method = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...METHODS) },
    token(32).filter(name => name !== 'CONNECT'),
  )
  const line = (form: TargetFormName, methods: fc.Arbitrary<string>) =>
    fc.record({ method: methods, form: fc.constant(form), target: requestTarget(form) })
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 12, arbitrary: line('origin', method) },
    { weight: 3, arbitrary: line('absolute', method) },
    { weight: 1, arbitrary: line('authority', fc.constant('CONNECT')) },
    { weight: 1, arbitrary: line('asterisk', fc.constant('OPTIONS')) },
  )
}

/** Generates up to two Connection lines; `persistent` excludes the option `close`. */
function connectionFields(persistent: boolean): fc.Arbitrary<readonly FieldModel[]> {
  const option = fc.constantFrom(...OPTIONS, ...(persistent ? [] : CLOSING))
  const line = fieldNamed('Connection', listOf(option, 3))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: fc.constant([]) },
    fc.array(line, { maxLength: 2 }),
  )
}

/** Returns the field that frames the content (RFC 9112 §6). */
function framingFields(content: ContentModel, zeros: number, coding: FieldModel): FieldModel[] {
  if (content.kind === 'length') {
    const value = '0'.repeat(zeros) + content.bytes.length
    return [{ name: 'Content-Length', before: ' ', value, after: '' }]
  }
  return content.kind === 'chunked' ? [coding] : []
}

/** RFC 9112 §7: the names of transfer codings are case-insensitive. */
function codingField(): fc.Arbitrary<FieldModel> {
  const chunked = fc.constant('chunked')
  const anyCase = fc.oneof({ weight: 3, arbitrary: chunked }, fc.mixedCase(chunked))
  // The parser refuses a tab behind a coding.
  return fieldNamed('Transfer-Encoding', anyCase).map(field => ({
    ...field,
    after: field.after.replaceAll('\t', ' '),
  }))
}

function optional(
  field: fc.Arbitrary<FieldModel>,
  maxLength = 1,
): fc.Arbitrary<readonly FieldModel[]> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: fc.constant([]) },
    fc.array(field, { minLength: 1, maxLength }),
  )
}

/**
 * Generates valid requests: any method, a target in any of the four forms (mostly origin-form),
 * HTTP/1.0 to 1.9 (mostly 1.1), and no content, content with a length, or chunked content. Most are
 * small, with up to 4 random field lines besides Host, Connection, Expect, Range, Upgrade and the
 * field that frames the content; about one in 31 is grown to one of the default limits of
 * `statewire/parser`. With `persistent`, the connection stays open after the request.
 *
 * @example
 * import fc from 'fast-check'
 * import { httpRequest, printRequest } from 'statewire/fuzz'
 * const [request] = fc.sample(httpRequest(), 1)
 * request !== undefined && printRequest(request).length > 16 // => true
 */
export function httpRequest({
  persistent = false,
}: {
  persistent?: boolean
} = {}): fc.Arbitrary<RequestModel> {
  const anyHost = fieldNamed('Host', fc.oneof(authority(), fc.constant('')))
  const significant = fc.record({
    connection: connectionFields(persistent),
    expect: optional(
      fieldNamed('Expect', fc.constantFrom('100-continue', '100-Continue', 'tea')),
      2,
    ),
    range: optional(fieldNamed('Range', fieldValue())),
    upgrade: optional(fieldNamed('Upgrade', fc.constantFrom('h2c', 'websocket'))),
  })
  return fc
    .record({
      emptyLines: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        fc.integer({ min: 1, max: 8 }),
      ),
      line: requestLine(),
      version: fc.oneof(
        { weight: 8, arbitrary: fc.constant(1) },
        fc.constant(0),
        fc.integer({ min: 2, max: 9 }),
      ),
      host: anyHost,
      hasHost: fc.boolean(),
      significant,
      rest: insignificantFields(4),
      content: requestContent(),
      coding: codingField(),
      zeros: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 20 })),
      indices: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      atLimit: sometimesAtLimit(),
    })
    .map(
      ({
        emptyLines,
        line,
        version,
        host,
        hasHost,
        significant,
        rest,
        content,
        coding,
        zeros,
        indices,
        atLimit,
      }) => {
        // RFC 9112 §6.1: HTTP/1.0 has no Transfer-Encoding. §3.2: HTTP/1.1 requires one Host.
        const minorVersion = content.kind === 'chunked' ? Math.max(version, 1) : version
        const fields = [...rest]
        const { connection, expect, range, upgrade } = significant
        // RFC 9112 §9.3: an HTTP/1.0 connection persists only with keep-alive.
        const keepAlive = { name: 'Connection', before: ' ', value: 'keep-alive', after: '' }
        const inserted = [
          ...(minorVersion > 0 || hasHost ? [host] : []),
          ...connection,
          ...(persistent && minorVersion === 0 ? [keepAlive] : []),
          ...framingFields(content, zeros, coding),
          ...[...expect, ...range, ...upgrade],
        ]
        for (const [i, field] of inserted.entries())
          fields.splice(indices[i]! % (fields.length + 1), 0, field)
        return atLimit({ emptyLines, ...line, minorVersion, fields, content })
      },
    )
}
