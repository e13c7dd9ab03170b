import { bytesOf, textOf } from './latin1.ts'
import type { TargetFormName } from './request-target.ts'

/** A field line: `name:` before value after, where before and after are white space. One char a byte. */
export type FieldModel = {
  readonly name: string
  readonly before: string
  readonly value: string
  readonly after: string
}

/** A chunk as it is written: `size` in hexadecimal digits, `extensions` with their semicolons. */
export type ChunkModel = {
  readonly size: string
  readonly extensions: string
  readonly bytes: Uint8Array
}

/** Content, and what says where it ends; the fields that say so are among the request's. */
export type ContentModel =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'chunked'
      /** The last is of size 0. */
      readonly chunks: readonly ChunkModel[]
      readonly trailers: readonly FieldModel[]
    }

/**
 * A valid HTTP/1.x request, as it is written: `printRequest()` makes bytes of it. Text has one char a byte.
 */
export type RequestModel = {
  /** Whether an empty line stands before it (RFC 9112 §2.2). */
  readonly emptyLine: boolean
  readonly method: string
  readonly form: TargetFormName
  readonly target: string
  /** HTTP/1.x */
  readonly minorVersion: number
  readonly fields: readonly FieldModel[]
  readonly content: ContentModel
}

/**
 * A request as it stands on the wire.
 *
 * @example
 * import { printRequest } from 'statewire/fuzz'
 * const host = { name: 'Host', before: ' ', value: 'a', after: '' }
 * const request = { emptyLine: false, method: 'GET', form: 'origin', target: '/', minorVersion: 1, fields: [host] } as const
 * const wire = printRequest({ ...request, content: { kind: 'none' } })
 * new TextDecoder().decode(wire) // => 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
 */
export function printRequest(model: RequestModel): Uint8Array {
  return bytesOf(printHead(model) + printContent(model.content))
}

/** The request line, the field lines and the empty line, and the empty line before them where there is one. */
export function printHead({
  emptyLine,
  method,
  target,
  minorVersion,
  fields,
}: RequestModel): string {
  const line = `${method} ${target} HTTP/1.${minorVersion}\r\n`
  return `${emptyLine ? '\r\n' : ''}${line}${printFields(fields)}\r\n`
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

/** Field lines, with their ends. */
export function printFields(fields: readonly FieldModel[]): string {
  return fields.map(field => `${printFieldLine(field)}\r\n`).join('')
}

/** A field line without its end. */
export function printFieldLine({ name, before, value, after }: FieldModel): string {
  return `${name}:${before}${value}${after}`
}

/** The content, whichever way it is written. */
export function contentOf({ content }: RequestModel): string {
  if (content.kind === 'none') return ''
  return content.kind === 'length'
    ? textOf(content.bytes)
    : content.chunks.map(({ bytes }) => textOf(bytes)).join('')
}
