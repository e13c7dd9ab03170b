import { describe, expect, it } from 'vitest'
import { readFinalResponses } from '../../fuzz/external/final-responses.ts'

describe('readFinalResponses', () => {
  it.each([
    ['content to the end', 'HTTP/1.0 200 OK\r\n\r\nabc', [[200, 'abc', undefined]], ''],
    ['no reason', 'HTTP/1.1 404\r\ncontent-length:1\r\n\r\nab', [[404, 'a', undefined]], 'b'],
    ['interim', 'HTTP/1.1 100 \r\n\r\nHTTP/1.1 204 \r\n\r\n', [[204, '', undefined]], ''],
    ['a tunnel', 'HTTP/1.1 101 \r\n\r\nanything', [[101, '', undefined]], ''],
    [
      'a length below zero',
      'HTTP/1.1 206 \r\nContent-Length: -99\r\n\r\nabc',
      [[206, 'abc', 'an invalid Content-Length: -99']],
      '',
    ],
    ['bytes that are not a response', 'hello\r\n\r\n', [], 'hello\r\n\r\n'],
  ])('reads %s', (_, text, expected, rest) => {
    const received = readFinalResponses(Buffer.from(text), ['GET'], true)
    expect(
      received.responses.map(({ status, text, error }) => [status, text, error?.reason]),
    ).toEqual(expected)
    expect(received.rest.toString()).toBe(rest)
  })
})
