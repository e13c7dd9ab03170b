/** Every reason to refuse a message: the code, the status of the response, and one sentence. */
const PARSE_ERRORS = {
  // The request line, RFC 9112 §2.2 and §3
  'tls-handshake': [400, 'The client began a TLS handshake on a port for plain HTTP.'],
  'too-many-empty-lines': [400, 'There are more than 8 empty lines before the request line.'],
  'method-malformed': [400, 'The method is not a token followed by one space.'],
  'method-too-long': [501, 'The method is longer than its limit.'],
  'target-malformed': [
    400,
    'The request target is empty, contains a byte that is not allowed, or has no valid form.',
  ],
  'target-too-long': [414, 'The request line is longer than its limit.'],
  'version-malformed': [400, 'The request line does not end in HTTP/ and a version such as 1.1.'],
  'version-unsupported': [505, 'The major version of HTTP is not 1.'],
  'http2-preface': [505, 'The client sent an HTTP/2 connection preface to a port for HTTP/1.1.'],
  // Lines and fields, RFC 9112 §2.2 and §5, RFC 9110 §5
  'bare-lf': [400, 'A line ends in LF without CR.'],
  'bare-cr': [400, 'A CR is not followed by LF.'],
  'field-line-folded': [400, 'A field line begins with white space (obs-fold).'],
  'field-name-malformed': [400, 'A field name is empty or is not a token.'],
  'field-name-space': [400, 'There is white space between a field name and its colon.'],
  'field-value-malformed': [400, 'A field value contains a control character.'],
  'field-line-too-long': [431, 'A field line is longer than its limit.'],
  'fields-too-large': [431, 'The field lines together are longer than their limit.'],
  'too-many-fields': [431, 'There are more field lines than the limit allows.'],
  // Host, RFC 9112 §3.2
  'host-missing': [400, 'An HTTP/1.1 request has no Host field.'],
  'host-repeated': [400, 'There is more than one Host field.'],
  'host-malformed': [
    400,
    'The Host field or the authority of the target is not a host with an optional port.',
  ],
  // Framing, RFC 9112 §6
  'content-length-malformed': [400, 'Content-Length is not one number from 0 to 9007199254740991.'],
  'content-length-repeated': [400, 'There is more than one Content-Length field.'],
  'content-length-with-transfer-encoding': [
    400,
    'The request has both Content-Length and Transfer-Encoding.',
  ],
  'transfer-encoding-in-http-1.0': [400, 'An HTTP/1.0 request has Transfer-Encoding.'],
  'transfer-encoding-malformed': [
    400,
    'Transfer-Encoding is not a plain list of codings with chunked once, as the last one.',
  ],
  'transfer-coding-unknown': [501, 'Transfer-Encoding names a coding other than chunked.'],
  // Content and chunks, RFC 9112 §7.1
  'content-too-large': [413, 'The content is larger than its limit.'],
  'chunk-size-malformed': [400, 'A chunk size does not consist of hexadecimal digits.'],
  'chunk-size-overflow': [400, 'A chunk size is larger than 9007199254740991.'],
  'chunk-extension-malformed': [400, 'A chunk extension does not follow its grammar.'],
  'chunk-line-too-long': [400, 'The line of a chunk, its size and extensions, exceeds its limit.'],
  'chunk-data-unterminated': [400, 'The data of a chunk is not followed by CRLF.'],
  'trailers-too-large': [431, 'The trailer fields together are longer than their limit.'],
  'trailer-forbidden': [400, 'The trailers contain a field that frames or routes the message.'],
  // The connection, RFC 9112 §8
  'unexpected-end': [400, 'The connection ended within a message.'],
} as const

/** The reason why a message was refused. `docs/errors.md` lists all codes. */
export type ParseErrorCode = keyof typeof PARSE_ERRORS

/**
 * All error codes of the parser.
 *
 * @example
 * PARSE_ERROR_CODES.includes('host-missing') // => true
 */
export const PARSE_ERROR_CODES: readonly ParseErrorCode[] = Object.keys(
  PARSE_ERRORS,
) as ParseErrorCode[]

/**
 * Why a message was refused. `RequestParser.error` holds it as a value; the parser never throws it.
 *
 * @example
 * const error = new ParseError('host-missing', 18)
 * error.status // => 400
 * error.message // => 'An HTTP/1.1 request has no Host field.'
 */
export class ParseError extends Error {
  /** The reason, one of a closed set that `docs/errors.md` lists. */
  readonly code: ParseErrorCode
  /** The status code for the response. */
  readonly status: number
  /** How many bytes of the message, from its request line on, precede the refused byte. */
  readonly offset: number

  constructor(code: ParseErrorCode, offset: number) {
    super(PARSE_ERRORS[code][1])
    this.name = 'ParseError'
    this.code = code
    this.status = PARSE_ERRORS[code][0]
    this.offset = offset
  }
}
