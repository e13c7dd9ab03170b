import { bytesOf, textOf } from './latin1.ts'
import type { TargetFormName } from './request-target.ts'

/**
 * A field line: `name:` and `value`, with the white space before and after it. One char per byte.
 */
export type FieldModel = {
  readonly name: string
  readonly before: string
  readonly value: string
  readonly after: string
}

/** A chunk as written: `size` in hexadecimal digits, `extensions` with their semicolons. */
export type ChunkModel = {
  readonly size: string
  readonly extensions: string
  readonly bytes: Uint8Array
}

/** The content and its kind of framing. The fields that frame it are among the request's fields. */
export type ContentModel =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'chunked'
      /** The last has size 0. */
      readonly chunks: readonly ChunkModel[]
      readonly trailers: readonly FieldModel[]
    }

/** A valid HTTP/1.x request as written; `printRequest()` turns it into bytes. One char per byte. */
export type RequestModel = {
  /** How many empty lines precede it (RFC 9112 §2.2); the parser ignores 8 at most. */
  readonly emptyLines: number
  readonly method: string
  readonly form: TargetFormName
  readonly target: string
  /** The x of HTTP/1.x. */
  readonly minorVersion: number
  readonly fields: readonly FieldModel[]
  readonly content: ContentModel
}

/**
 * Returns the bytes of a request as they are sent.
 *
 * @example
 * import { printRequest } from 'statewire/fuzz'
 * const host = { name: 'Host', before: ' ', value: 'a', after: '' }
 * const line = { emptyLines: 0, method: 'GET', form: 'origin', target: '/' } as const
 * const wire = printRequest({
 *   ...line,
 *   minorVersion: 1,
 *   fields: [host],
 *   content: { kind: 'none' },
 * })
 * new TextDecoder().decode(wire) // => 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
 */
export function printRequest(model: RequestModel): Uint8Array {
  return bytesOf(printHead(model) + printContent(model.content))
}

/** Returns the head of a request, with the empty lines before and after it. */
export function printHead({
  emptyLines,
  method,
  target,
  minorVersion,
  fields,
}: RequestModel): string {
  const line = `${method} ${target} HTTP/1.${minorVersion}\r\n`
  return `${'\r\n'.repeat(emptyLines)}${line}${printFields(fields)}\r\n`
}

function printContent(content: ContentModel): string {
  if (content.kind === 'none') return ''
  if (content.kind === 'length') return textOf(content.bytes)
  const chunks = content.chunks.map(({ size, extensions, bytes }) => {
    const data = bytes.length > 0 ? `${textOf(bytes)}\r\n` : ''
    return `${size}${extensions}\r\n${data}`
  })
  return `${chunks.join('')}${printFields(content.trailers)}\r\n`
}

/** Returns field lines with their line ends. */
export function printFields(fields: readonly FieldModel[]): string {
  return fields.map(field => `${printFieldLine(field)}\r\n`).join('')
}

/** Returns a field line without its line end. */
export function printFieldLine({ name, before, value, after }: FieldModel): string {
  return `${name}:${before}${value}${after}`
}

/** Returns the decoded content of a request. */
export function contentOf({ content }: RequestModel): string {
  if (content.kind === 'none') return ''
  return content.kind === 'length'
    ? textOf(content.bytes)
    : content.chunks.map(({ bytes }) => textOf(bytes)).join('')
}
