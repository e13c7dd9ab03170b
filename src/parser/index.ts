/**
 * `statewire/parser`: a sans-I/O, incremental, zero-copy parser for HTTP/1.1 requests. It runs in
 * any JavaScript runtime.
 */

export { ReadBuffer } from './byte-window.ts'
export { Event } from './event.ts'
export { KnownField } from './field-names.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export { PARSE_ERROR_CODES, ParseError, type ParseErrorCode } from './parse-error.ts'
export type { FieldSection } from './request-head.ts'
export { type RequestHead, TargetForm } from './request-head.ts'
export { RequestParser } from './request-parser.ts'
