/** Texts on which parsers differ, one char per byte. `wireMutation()` puts them into requests. */

/**
 * Lines that some parsers accept and others refuse or ignore: the material of request smuggling.
 */
export const FRAMING_LINES: readonly string[] = [
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: +5',
  'Content-Length: -0',
  'Content-Length: 5, 5',
  'Content-Length: 0x5',
  'Content-Length: 5_0',
  'Content-Length: 5 0',
  'Content-Length: 5.0',
  'Content-Length: 5e0',
  'Content-Length:',
  'Content-Length : 5',
  'Content-Length\x0b: 5',
  'Content-Length: 1048576',
  'Content-Length: 1048577',
  'Content-Length: 9007199254740991',
  'Content-Length: 9007199254740992',
  'Content-Length: 18446744073709551616',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: Chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: , chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding:',
  'Transfer-Encoding : chunked',
  ' Transfer-Encoding: chunked',
  'Host: b',
  'Connection: close',
  'X: a\r\n b',
  ': a',
  'X',
  '\r',
  '',
]

export const CHUNK_SIZES: readonly string[] = [
  '0',
  '00',
  '1',
  '0x1',
  '+1',
  '-1',
  ' 1',
  '1 ',
  '1;',
  '1 ;a',
  '1;a=',
  '1; a=b',
  '1;a="b',
  '1;a="\\',
  '100000',
  '100001',
  'fffffffffffff',
  '1fffffffffffff',
  '20000000000000',
  '00000000000001',
  'ffffffffffffffff',
  '10000000000000001',
  '',
]

/** Texts to insert before a chunk size. */
export const CHUNK_SIZE_STARTS: readonly string[] = [
  '0',
  '0'.repeat(12),
  '0'.repeat(16),
  '0x',
  '+',
  ' ',
]

export const NAMES: readonly string[] = [
  'Content-Length',
  'Transfer-Encoding',
  'Host',
  'Connection',
  'Expect',
  'Content-Lengt',
  'A',
]

/** Input that a port for HTTP/1.1 receives though it is not an HTTP/1.1 request. */
export const NON_REQUESTS: readonly string[] = [
  '\x16\x03\x01\x02\x00',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /\r\n',
  '\r\n',
]

export const REQUEST_LINES: readonly string[] = [
  'CONNECT [::1] HTTP/1.1',
  'CONNECT a HTTP/1.1',
  'CONNECT /a HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET * HTTP/1.1',
  'GET a HTTP/1.1',
  'GET http:/// HTTP/1.1',
  'GET http://:80/ HTTP/1.1',
  'GET http://a@b/ HTTP/1.1',
  'GET https://a?b HTTP/1.1',
  'GET ftp://a/ HTTP/1.1',
  'GET //a HTTP/1.1',
  'GET /# HTTP/1.1',
  'GET  / HTTP/1.1',
  'GET HTTP/1.1',
  'GET / a HTTP/1.1',
  ' GET / HTTP/1.1',
]

export const VERSIONS: readonly string[] = [
  'HTTP/1.0',
  'HTTP/1.9',
  'HTTP/2.0',
  'HTTP/0.9',
  'http/1.1',
  'HTTP/1.10',
  'HTTP/11',
  'HTTP/1.1 ',
]

export const INSERTIONS: readonly string[] = [
  ...'\r\n \t\0\x80\x7f\x0b#:;,"\\/0',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '\r\r\n',
]

/** Texts to insert before a request; few of them are allowed there. */
export const PREFIXES: readonly string[] = [
  '\r\n',
  '\r\n\r\n',
  '\r\n'.repeat(8),
  '\r\n'.repeat(9),
  '\r',
  '\n',
  '\ra',
  ' ',
  '\0',
  '\xef\xbb\xbf',
]

/** Replacements for a line end. */
export const LINE_ENDS: readonly string[] = [
  '\n',
  '\r',
  '\r\r\n',
  '\ra',
  'a\n',
  '\n\r',
  '\r\n ',
  '',
]

/** Replacements for a quoted string. */
export const QUOTED_STRINGS: readonly string[] = [
  '""',
  '"',
  '"\\',
  '"\\"',
  '"\\\0"',
  '"\\\x7f"',
  '"\0"',
  '"\r\n"',
  '"""',
]

/** Replacements for a Host field. */
export const HOST_LINES: readonly string[] = [
  'Host:',
  'Host: []',
  'Host: [::1',
  'Host: [::1]a',
  'Host: [a.b]',
  'Host: [v1.a]',
  'Host: [::1%25a]',
  'Host: [1:2:3:4:5:6:7:8:9]',
  'Host: a:65536',
  'Host: a%4g',
  'Host: a b',
  'Host: a/b',
  'Host: a@b',
  'Host: a:b',
  'Host: a:80:80',
  'Host: a, b',
  'Host: \xe9',
]
