import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combinedLine, jsonLine } from '../../src/server/access-log-line.ts'
import type { AnswerRecord } from '../../src/server/answer-record.ts'

const RECORD: AnswerRecord = {
  remote: '192.0.2.7',
  wallMs: Date.parse('2026-11-02T13:05:09.123Z'),
  durationMs: 1.23456,
  method: 'GET',
  target: '/a?b=c',
  version: '1.1',
  status: 200,
  bytes: 1234,
  referer: 'https://example.com/',
  userAgent: 'curl/8.0',
}
/** Nothing of a request was known. */
const UNKNOWN = {
  ...RECORD,
  method: '-',
  target: '-',
  version: '-',
  status: 400,
  referer: '-',
  userAgent: '-',
}

/** All that one byte can be. */
const ALL_CHARS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
/** Nothing that ends a line or steers a terminal. */
const PRINTABLE = /^[^\x00-\x1f\x7f-\x9f]*\n$/

const latin1 = fc.string({ unit: fc.constantFrom(...ALL_CHARS), maxLength: 30 })

describe('combinedLine', () => {
  it('is in the Combined Log Format', () => {
    expect(combinedLine(RECORD)).toBe(
      '192.0.2.7 - - [02/Nov/2026:13:05:09 +0000] "GET /a?b=c HTTP/1.1" 200 1234 "https://example.com/" "curl/8.0"\n',
    )
  })

  it('has a dash for a request that was refused unread', () => {
    expect(combinedLine(UNKNOWN)).toBe('192.0.2.7 - - [02/Nov/2026:13:05:09 +0000] "-" 400 1234 "-" "-"\n')
  })

  it.each([
    ['"', '\\x22'],
    ['\\', '\\x5C'],
    ['\r\n', '\\x0D\\x0A'],
    ['\x1b[2J', '\\x1B[2J'],
    ['\x9b2J', '\\x9B2J'],
    ['\xe9', '\\xE9'],
    ['\x7f', '\\x7F'],
  ])('writes %j as %s, as nginx does', (text, written) => {
    const line = combinedLine({ ...RECORD, userAgent: text, referer: text, target: `/${text}` })
    expect(line).toContain(`"GET /${written} HTTP/1.1"`)
    expect(line.endsWith(` "${written}" "${written}"\n`)).toBe(true)
  })

  it('is one line of so many quotes, whatever a client sends', () => {
    fc.assert(
      fc.property(latin1, latin1, latin1, (target, referer, userAgent) => {
        const line = combinedLine({ ...RECORD, target, referer, userAgent })
        expect(line).toMatch(PRINTABLE)
        expect(line).toMatch(/^[^"]+ "[^"]*" 200 1234 "[^"]*" "[^"]*"\n$/)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})

describe('jsonLine', () => {
  it('has all there is, the time first, the duration to the microsecond', () => {
    expect(jsonLine(RECORD)).toBe(
      `${JSON.stringify({
        time: '2026-11-02T13:05:09.123Z',
        remote: '192.0.2.7',
        method: 'GET',
        target: '/a?b=c',
        version: '1.1',
        status: 200,
        bytes: 1234,
        referer: 'https://example.com/',
        userAgent: 'curl/8.0',
        durationMs: 1.235,
      })}\n`,
    )
  })

  it('is one line that says the same when it is read, and steers no terminal, whatever a client sends', () => {
    fc.assert(
      fc.property(latin1, latin1, latin1, (target, referer, userAgent) => {
        const line = jsonLine({ ...RECORD, target, referer, userAgent })
        expect(JSON.parse(line)).toMatchObject({ target, referer, userAgent })
        expect(line).toMatch(PRINTABLE)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})
