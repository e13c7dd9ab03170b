import { describe, expect, it } from 'vitest'
import { readFinalResponses } from '../../fuzz/external/final-responses.ts'

function read(text: string, methods: readonly string[] = ['GET'], isClosed = true): unknown {
  const received = readFinalResponses(Buffer.from(text, 'latin1'), methods, isClosed)
  const responses = received.responses.map(({ status, body, isComplete, error }) =>
    [status, body.toString('latin1'), isComplete ? 'whole' : 'cut', error?.reason].filter(
      one => one !== undefined,
    ),
  )
  return { responses, rest: received.rest.toString('latin1') }
}

describe('readFinalResponses', () => {
  it.each([
    [
      'content of a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
      [[200, 'abc', 'whole']],
      '',
    ],
    [
      'content that is cut',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab',
      [[200, 'ab', 'cut']],
      '',
    ],
    ['content to the end', 'HTTP/1.0 200 OK\r\n\r\nabc', [[200, 'abc', 'whole']], ''],
    ['no reason', 'HTTP/1.1 404\r\ncontent-length:0\r\n\r\n', [[404, '', 'whole']], ''],
    [
      'more than the length',
      'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nab',
      [[200, 'a', 'whole']],
      'b',
    ],
    ['an interim response', 'HTTP/1.1 100 \r\n\r\nHTTP/1.1 204 \r\n\r\n', [[204, '', 'whole']], ''],
    [
      'chunks',
      'HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\nrest',
      [[200, 'abc', 'whole']],
      'rest',
    ],
    [
      'no chunks',
      'HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      [[200, '', 'whole']],
      '',
    ],
    [
      'a length below zero',
      'HTTP/1.1 206 \r\nContent-Length: -99\r\n\r\n',
      [[206, '', 'whole', 'an invalid Content-Length: -99']],
      '',
    ],
    ['bytes that are not a response', 'hello\r\n\r\n', [], 'hello\r\n\r\n'],
  ])('reads %s', (_, text, responses, rest) => {
    expect(read(text)).toEqual({ responses, rest })
  })

  it('takes the methods of the requests into account', () => {
    const text =
      'HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx'
    const responses = [
      [200, '', 'whole'],
      [200, 'x', 'whole'],
    ]
    expect(read(text, ['HEAD', 'GET'])).toEqual({ responses, rest: '' })
  })

  it('waits for the end of content without a length while the connection is open', () => {
    expect(read('HTTP/1.1 200 OK\r\n\r\nabc', ['GET'], false)).toEqual({
      responses: [[200, 'abc', 'cut']],
      rest: '',
    })
  })
})
