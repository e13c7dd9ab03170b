import { describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { ResponseReader, readResponses } from '../../fuzz/response-reader.ts'

/** What a reader reports about a connection. */
type ReadResult = {
  /** The status, the body, and `cut` for an incomplete response. */
  readonly responses: readonly string[]
  readonly error?: string
  readonly leftOver: string
}

type Options = {
  readonly methods?: readonly string[]
  readonly isOpen?: boolean
  readonly isLenient?: boolean
}

function describeResponse({ status, body, isComplete }: ReceivedResponse): string {
  return `${status} ${body.toString('latin1')}${isComplete ? '' : ' cut'}`
}

/** Pushes slices one by one and reads after each. */
function read(slices: readonly string[], { methods = [], isOpen, isLenient }: Options): ReadResult {
  const reader = new ResponseReader({ isLenient: isLenient === true })
  const responses: ReceivedResponse[] = []
  const readAll = (): void => {
    for (;;) {
      const finals = responses.filter(({ isInterim }) => !isInterim).length
      const response = reader.next(methods[finals])
      if (response === undefined) return
      responses.push(response)
    }
  }
  for (const slice of slices) {
    reader.push(Buffer.from(slice, 'latin1'))
    readAll()
  }
  if (isOpen !== true) reader.end()
  readAll()
  const { error, partial } = reader
  return {
    responses: [...responses, ...(partial === undefined ? [] : [partial])].map(describeResponse),
    ...(error === undefined ? {} : { error: `${error.offset}: ${error.reason}` }),
    leftOver: reader.leftOver.toString('latin1'),
  }
}

/** Reads a text at once, cut in two at every byte, and byte by byte. */
function expectOutcome(text: string, options: Options, outcome: ReadResult): void {
  expect(read([text], options)).toEqual(outcome)
  for (let cut = 1; cut < text.length; cut++)
    expect(read([text.slice(0, cut), text.slice(cut)], options), `cut at ${cut}`).toEqual(outcome)
  expect(read([...text], options), 'byte by byte').toEqual(outcome)
}

const head = (...lines: string[]): string => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
const EMPTY = head('Content-Length: 0')
const CHUNKED = head('Transfer-Encoding: chunked')

describe('ResponseReader', () => {
  describe('reads a complete response, and the bytes after it', () => {
    it.each<[title: string, text: string, responses: string[], options?: Options]>([
      ['a body with a length', `${head('Content-Length: 3')}abc`, ['200 abc']],
      ['an empty body', EMPTY, ['200 ']],
      ['chunks', `${CHUNKED}3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`, ['200 abc0123456789']],
      ['a chunk extension', `${CHUNKED}1;a="b"\r\nx\r\n0;c\r\n\r\n`, ['200 x']],
      ['trailers', `${CHUNKED}1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n`, ['200 x']],
      ['CRLF in a chunk', `${CHUNKED}4\r\n\r\n\r\n\r\n0\r\n\r\n`, ['200 \r\n\r\n']],
      ['a final coding of several', `${head('Transfer-Encoding: x, Chunked')}0\r\n\r\n`, ['200 ']],
      ['a 204', 'HTTP/1.1 204 No Content\r\n\r\n', ['204 ']],
      ['a 304 with a length', 'HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n', ['304 ']],
      ['HEAD', head('Content-Length: 9'), ['200 '], { methods: ['HEAD'] }],
      [
        'a refused CONNECT',
        `${head('A: b', 'Content-Length: 1').replace('200', '400')}x`,
        ['400 x'],
        { methods: ['CONNECT'] },
      ],
      [
        'interim responses',
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\n${head('Content-Length: 9')}`,
        ['100 ', '103 ', '200 '],
        { methods: ['HEAD'] },
      ],
      [
        'several responses',
        `${head('Content-Length: 1')}a${CHUNKED}0\r\n\r\n${head('Content-Length: 9')}`,
        ['200 a', '200 ', '200 '],
        { methods: ['GET', 'POST', 'HEAD'] },
      ],
    ])('%s', (_, text, responses, options = {}) => {
      expectOutcome(text, options, { responses, leftOver: '' })
      expectOutcome(text + EMPTY, options, { responses: [...responses, '200 '], leftOver: '' })
      expectOutcome(`${text}HTTP/1.`, options, { responses, leftOver: 'HTTP/1.' })
    })
  })

  it('reads a body without a length until the end of the connection', () => {
    expectOutcome(`${head()}abc`, {}, { responses: ['200 abc'], leftOver: '' })
    expectOutcome(head(), {}, { responses: ['200 '], leftOver: '' })
    expectOutcome(`${head()}abc`, { isOpen: true }, { responses: ['200 abc cut'], leftOver: '' })
  })

  it.each([
    ['CONNECT', '200 OK'],
    ['GET', '101 Switching Protocols'],
  ])('leaves the bytes of a tunnel: %s %s', (method, status) => {
    const text = `HTTP/1.1 ${status}\r\n\r\n`
    const responses = [`${status.slice(0, 3)} `]
    expectOutcome(text + EMPTY, { methods: [method] }, { responses, leftOver: EMPTY })
  })

  it.each([
    ['a head', 'HTTP/1.1 200 OK\r\nA: b\r\n', [], 'HTTP/1.1 200 OK\r\nA: b\r\n'],
    ['a body', `${head('Content-Length: 3')}ab`, ['200 ab cut'], ''],
    ['a chunk size', `${CHUNKED}3`, ['200  cut'], ''],
    ['a chunk', `${CHUNKED}3\r\nab`, ['200 ab cut'], ''],
    ['the end of a chunk', `${CHUNKED}3\r\nabc\r`, ['200 abc cut'], ''],
    ['the trailers', `${CHUNKED}0\r\nA: b\r\n`, ['200  cut'], ''],
  ])('reports a response that is cut in %s', (_, text, responses, leftOver) => {
    expectOutcome(text, {}, { responses, leftOver })
    expectOutcome(EMPTY + text, {}, { responses: ['200 ', ...responses], leftOver })
  })

  it.each([
    ['HTTP/1.1 200\r\n\r\n', '0: a malformed status line: "HTTP/1.1 200"'],
    ['HTTP/1.0 200 OK\r\n\r\n', '0: a malformed status line: "HTTP/1.0 200 OK"'],
    ['HTTP/1.1 600 OK\r\n\r\n', '0: a malformed status line: "HTTP/1.1 600 OK"'],
    ['HTTP/1.1 2000 OK\r\n\r\n', '0: a malformed status line: "HTTP/1.1 2000 OK"'],
    ['http/1.1 200 OK\r\n\r\n', '0: a malformed status line: "http/1.1 200 OK"'],
    ['\r\n\r\n', '0: a malformed status line: ""'],
    [head('A: b', 'C : d'), '23: a malformed field line: "C : d"'],
    [head('A'), '17: a malformed field line: "A"'],
    [head(': b'), '17: a malformed field line: ": b"'],
    [head('A:b'), '17: a malformed field line: "A:b"'],
    [head('A: b '), '17: a malformed field line: "A: b "'],
    [head('A: b', ' c'), '23: a malformed field line: " c"'],
    [head('A: b\nC: d'), '17: a malformed field line: "A: b\\nC: d"'],
    [head('A: \0'), '17: a malformed field line: "A: \\u0000"'],
    [
      head('Content-Length: 0', 'Transfer-Encoding: chunked'),
      '0: both Content-Length and Transfer-Encoding',
    ],
    [head('Content-Length: 1', 'content-length: 2'), '0: an invalid Content-Length: 1, 2'],
    [head('Content-Length: -1'), '0: an invalid Content-Length: -1'],
    [head('Content-Length: 1e3'), '0: an invalid Content-Length: 1e3'],
    [head('Content-Length: 9999999999999999'), '0: an invalid Content-Length: 9999999999999999'],
    [head('Transfer-Encoding: gzip'), '0: an unknown transfer coding: gzip'],
    [head('Transfer-Encoding: chunked, x'), '0: an unknown transfer coding: chunked, x'],
    ['HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n', '0: a framing field in a 204'],
    ['HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n', '0: a framing field in a 100'],
  ])('refuses the head %j', (text, error) => {
    const at = Number.parseInt(error, 10)
    const reason = error.slice(error.indexOf(':'))
    const second = { responses: ['200 '], error: `${EMPTY.length + at}${reason}`, leftOver: text }
    expectOutcome(text, {}, { responses: [], error, leftOver: text })
    expectOutcome(EMPTY + text, {}, second)
  })

  it.each([
    ['\r\n', '200  cut', '0: a malformed chunk size: ""'],
    ['x\r\n', '200  cut', '0: a malformed chunk size: "x"'],
    ['0x1\r\n', '200  cut', '0: a malformed chunk size: "0x1"'],
    ['1 ;a\r\n', '200  cut', '0: a malformed chunk size: "1 ;a"'],
    ['1000000000000\r\n', '200  cut', '0: a malformed chunk size: "1000000000000"'],
    ['1\r\nab\r\n', '200 a cut', '4: a chunk without CRLF at its end'],
    ['1\r\na\r\n-1\r\n', '200 a cut', '6: a malformed chunk size: "-1"'],
    ['0\r\nA\r\n\r\n', '200  cut', '3: a malformed field line: "A"'],
  ])('refuses the chunks %j', (chunks, response, error) => {
    const at = CHUNKED.length + Number.parseInt(error, 10)
    const outcome = {
      responses: [response],
      error: `${at}${error.slice(error.indexOf(':'))}`,
      leftOver: '',
    }
    expectOutcome(CHUNKED + chunks, {}, outcome)
    expectOutcome(
      CHUNKED + chunks,
      { isLenient: true },
      error.includes('field') ? { responses: ['200 '], leftOver: '' } : outcome,
    )
  })

  it('refuses a head without an end', () => {
    const reader = new ResponseReader()
    reader.push(Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(65_536)}`))
    expect(reader.next()).toBeUndefined()
    expect(reader.error?.reason).toBe("more than 65536 bytes of a head or a chunk's line")
  })

  it('reads on leniently where the framing is clear', () => {
    const read = (text: string) => readResponses(Buffer.from(text), [], true, { isLenient: true })
    const summary = (text: string) => {
      const { responses, error } = read(text)
      return [...responses.map(describeResponse), error?.reason, responses[0]?.error?.reason]
    }
    expect(summary('HTTP/1.0 404\r\ncontent-length:1\r\n\r\nx')).toEqual([
      '404 x',
      undefined,
      undefined,
    ])
    expect(summary(`${head('A', 'B : c', 'Content-Length: 1')}x`)).toEqual([
      '200 x',
      undefined,
      undefined,
    ])
    expect(summary(`${head('Content-Length: 9', 'Transfer-Encoding: chunked')}0\r\n\r\n`)).toEqual([
      '200 ',
      undefined,
      undefined,
    ])
    expect(summary('HTTP/1.1 204 \r\nContent-Length: 1\r\n\r\n')).toEqual([
      '204 ',
      undefined,
      undefined,
    ])
    expect(summary(`${head('Content-Length: 1, 1')}abc`)).toEqual([
      '200 abc',
      undefined,
      'an invalid Content-Length: 1, 1',
    ])
    expect(summary('hello\r\n\r\n')).toEqual(['a malformed status line: "hello"', undefined])
  })

  it('gives the fields, the trailers and the reason as received', () => {
    const lines = ['Vary: a', 'vary: b', 'X: \xe9\t"', 'Empty: ', 'Transfer-Encoding: chunked']
    const text = `${head(...lines)}0\r\nDigest: x\r\n\r\n`
    const [response] = readResponses(Buffer.from(text, 'latin1')).responses
    expect(response).toMatchObject({
      version: '1.1',
      reason: 'OK',
      framing: 'chunked',
      repeatedField: 'vary',
      trailers: [['Digest', 'x']],
    })
    expect(response!.fields.map(line => line.join(': '))).toEqual(lines)
    expect(response!.values('VARY')).toEqual(['a', 'b'])
    expect(['VARY', 'x', 'empty', 'none'].map(name => response!.field(name))).toEqual([
      'a, b',
      '\xe9\t"',
      '',
      undefined,
    ])
  })

  it('counts the bytes after the last complete response', () => {
    const reader = new ResponseReader()
    reader.push(Buffer.from(`${EMPTY}${head('Content-Length: 3')}ab`))
    expect([reader.next()?.status, reader.next()]).toEqual([200, undefined])
    expect(reader.unreadBytes).toBe(head('Content-Length: 3').length + 2)
    expect(reader.partial?.body.toString()).toBe('ab')
    reader.push(Buffer.from('c'))
    expect([reader.next()?.text, reader.unreadBytes]).toEqual(['abc', 0])
  })
})
