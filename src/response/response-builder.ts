import { type FieldLine, formatHead, latin1Bytes } from './head-writer.ts'

/** Something that cannot be part of a head; `name` is a field's, or `:status`. */
type Problem = { readonly name: string; readonly value: string; readonly reason: string }

/** The bytes of a head, or what cannot be part of one. */
export type BuildResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: Problem }

/** Whether text is a field name: a token (RFC 9110 §5.1, §5.6.2). */
export function isFieldName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
}

/** Whether text is a field value: HTAB, SP, VCHAR and obs-text (RFC 9110 §5.5). */
export function isFieldValue(value: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(value)
}

/**
 * Builds a response head, field by field. Nothing is checked before `build()`.
 *
 * @example
 * const result = new ResponseBuilder(200).field('Content-Length', 2).build()
 * const head = result.ok && new TextDecoder().decode(result.bytes)
 * head // => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
 * new ResponseBuilder(200).field('X-Name', 'a\r\nb').build().ok // => false
 */
export class ResponseBuilder {
  readonly #status: number
  readonly #fields: FieldLine[] = []

  constructor(status: number) {
    this.#status = status
  }

  field(name: string, value: string | number): this {
    this.#fields.push([name, String(value)])
    return this
  }

  build(): BuildResult {
    const problem = findProblem(this.#status, this.#fields)
    if (problem !== undefined) return { ok: false, problem }
    return { ok: true, bytes: latin1Bytes(formatHead(this.#status, this.#fields)) }
  }
}

/**
 * Returns the bytes of a response head.
 *
 * @throws TypeError for what cannot be part of one, so that no invalid byte reaches the wire
 */
export function headBytes(status: number, fields: readonly FieldLine[]): Uint8Array {
  const problem = findProblem(status, fields)
  if (problem !== undefined) throw new TypeError(`${problem.name}: ${problem.reason}`)
  return latin1Bytes(formatHead(status, fields))
}

function findProblem(status: number, fields: readonly FieldLine[]): Problem | undefined {
  // RFC 9110 §15: three digits, 100 to 599.
  if (!Number.isInteger(status) || status < 100 || status > 599)
    return {
      name: ':status',
      value: String(status),
      reason: 'A status is an integer from 100 to 599.',
    }
  for (const [name, value] of fields) {
    if (!isFieldName(name))
      return { name, value, reason: 'A field name is one or more token characters.' }
    if (!isFieldValue(value))
      return { name, value, reason: 'A field value is Latin-1 without control characters.' }
  }
  return undefined
}
