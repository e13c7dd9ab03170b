const START = 'GET / HTTP/1.1\r\nHost: a\r\n'
const CHUNKED = `${START}Transfer-Encoding: chunked\r\n\r\n`

/**
 * Requests that repeat one part many times. A parser that rescans that part takes quadratic time
 * for them.
 */
export const LONG_REQUESTS: Readonly<Record<string, (times: number) => string>> = {
  method: times => `${'METHOD'.repeat(times)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
  target: times => `GET http://a${'/a?b'.repeat(times)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  authority: times => `GET http://${'a.b'.repeat(times)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  host: times => `GET / HTTP/1.1\r\nHost: ${'a.b'.repeat(times)}\r\n\r\n`,
  fields: times => `${START}${'A: b\r\n'.repeat(times)}\r\n`,
  'field name': times => `${START}${'Connection'.repeat(times)}: a\r\n\r\n`,
  'field value': times => `${START}A: ${'abcd'.repeat(times)}\r\n\r\n`,
  'white space': times => `${START}A: ${' \t'.repeat(times)}b${' \t'.repeat(times)}\r\n\r\n`,
  'Connection lines': times => `${START}${'Connection: a\r\n'.repeat(times)}\r\n`,
  'Connection options': times => `${START}Connection: ${'a, '.repeat(times)}\r\n\r\n`,
  'Content-Length digits': times => `${START}Content-Length: ${'0'.repeat(times)}\r\n\r\n`,
  'Transfer-Encoding lines': times => `${START}${'Transfer-Encoding: a\r\n'.repeat(times)}\r\n`,
  'transfer codings': times => `${START}Transfer-Encoding: ${'a, '.repeat(times)}chunked\r\n\r\n`,
  'content after a long head': times =>
    `${START}A: ${'a'.repeat(times)}\r\nContent-Length: ${times}\r\n\r\n${'a'.repeat(times)}`,
  chunks: times => `${CHUNKED}${'1\r\na\r\n'.repeat(times)}0\r\n\r\n`,
  'chunk extensions': times => `${CHUNKED}1${';a="\\b"'.repeat(times)}\r\na\r\n0\r\n\r\n`,
  'chunk extension value': times => `${CHUNKED}1;a=${'abcd'.repeat(times)}\r\na\r\n0\r\n\r\n`,
  trailers: times => `${CHUNKED}0\r\n${'A: b\r\n'.repeat(times)}\r\n`,
  requests: times => `${START}\r\n`.repeat(times),
}
