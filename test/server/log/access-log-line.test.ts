import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import { combinedForm, jsonForm, type LineForm } from '../../../src/server/log/access-log-line.ts'
import { LineBuffer } from '../../../src/server/log/line-buffer.ts'
import type { SentResponse } from '../../../src/server/log/request-log-entry.ts'
import { headWith } from '../heads.ts'

type RequestText = Parameters<typeof headWith>[0]

const RESPONSE: SentResponse = {
  remoteAddress: '192.0.2.7',
  wallMs: Date.parse('2026-11-02T13:05:09.123Z'),
  durationMs: 1.23456,
  status: 200,
  bytes: 1234,
  bytesIn: 30,
  bytesOut: 90,
  refusal: undefined,
  closeReason: undefined,
  head: undefined,
}
const REQUEST: RequestText = {
  target: '/a?b=c',
  referer: 'https://example.com/',
  userAgent: 'curl/8.0',
}

const lineOf = (form: LineForm, response: SentResponse): string => {
  const lines = new LineBuffer()
  form(lines, response)
  return lines.takeFront(lines.length).toString('latin1')
}
const combinedLine = (request: Partial<RequestText> = {}): string =>
  lineOf(combinedForm(), { ...RESPONSE, head: headWith({ ...REQUEST, ...request }) })
const jsonLine = (request: Partial<RequestText> = {}): string =>
  lineOf(jsonForm(), { ...RESPONSE, head: headWith({ ...REQUEST, ...request }) })

/** All 256 bytes, as Latin-1. */
const ALL_CHARS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
/** One line without characters that control a terminal. */
const PRINTABLE = /^[^\x00-\x1f\x7f-\x9f]*\n$/

const latin1 = fc.string({ unit: fc.constantFrom(...ALL_CHARS), maxLength: 30 })

describe('combinedForm', () => {
  it('writes the Combined Log Format', () => {
    expect(combinedLine()).toBe(
      '192.0.2.7 - - [02/Nov/2026:13:05:09 +0000] "GET /a?b=c HTTP/1.1" 200 1234 "https://example.com/" "curl/8.0"\n',
    )
  })

  it('writes a dash for a request that was refused before its head was complete', () => {
    expect(lineOf(combinedForm(), { ...RESPONSE, status: 400 })).toBe(
      '192.0.2.7 - - [02/Nov/2026:13:05:09 +0000] "-" 400 1234 "-" "-"\n',
    )
  })

  it('writes a dash for a field that was not sent, and combines the field lines of one sent twice', () => {
    const parser = new RequestParser()
    parser.feed(Buffer.from('GET / HTTP/1.0\r\nReferer: a\r\nX: y\r\nreferer: b\r\n\r\n'))
    expect(parser.next()).toBe(Event.Head)
    expect(lineOf(combinedForm(), { ...RESPONSE, head: parser.head })).toContain(
      '"GET / HTTP/1.0" 200 1234 "a, b" "-"\n',
    )
  })

  it('formats the time again when the second has changed', () => {
    const form = combinedForm()
    const times = [0, 500, 999, 1000, 61_000].map(ms => {
      const wallMs = Date.parse('2026-12-31T23:59:58Z') + ms
      return lineOf(form, { ...RESPONSE, wallMs }).slice(14, 42)
    })
    expect(times).toEqual([
      '[31/Dec/2026:23:59:58 +0000]',
      '[31/Dec/2026:23:59:58 +0000]',
      '[31/Dec/2026:23:59:58 +0000]',
      '[31/Dec/2026:23:59:59 +0000]',
      '[01/Jan/2027:00:00:59 +0000]',
    ])
  })

  it.each([
    ['"', '\\x22'],
    ['\\', '\\x5C'],
    ['\r\n', '\\x0D\\x0A'],
    ['\x1b[2J', '\\x1B[2J'],
    ['\x9b2J', '\\x9B2J'],
    ['\xe9', '\\xE9'],
    ['\x7f', '\\x7F'],
  ])('writes %j as %s, as nginx does', (text, escaped) => {
    const line = combinedLine({ userAgent: text, referer: text, target: `/${text}` })
    expect(line).toContain(`"GET /${escaped} HTTP/1.1"`)
    expect(line.endsWith(` "${escaped}" "${escaped}"\n`)).toBe(true)
  })

  it('writes one line with six quotes, whatever the client sends', () => {
    fc.assert(
      fc.property(latin1, latin1, latin1, (target, referer, userAgent) => {
        const line = combinedLine({ target: `/${target}`, referer, userAgent })
        expect(line).toMatch(PRINTABLE)
        expect(line).toMatch(/^[^"]+ "[^"]*" 200 1234 "[^"]*" "[^"]*"\n$/)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})

describe('jsonForm', () => {
  it('writes all fields, the time first, the duration rounded to microseconds', () => {
    expect(jsonLine()).toBe(
      `${JSON.stringify({
        time: '2026-11-02T13:05:09.123Z',
        remoteAddress: '192.0.2.7',
        method: 'GET',
        url: '/a?b=c',
        version: '1.1',
        status: 200,
        bytes: 1234,
        referer: 'https://example.com/',
        userAgent: 'curl/8.0',
        host: 'a',
        protocol: 'HTTP/1.1',
        bytesIn: 30,
        bytesOut: 90,
        refusal: '-',
        closeReason: '-',
        durationMs: 1.235,
      })}\n`,
    )
  })

  it('writes one line that parses to the same values and cannot control a terminal', () => {
    fc.assert(
      fc.property(latin1, latin1, latin1, (target, referer, userAgent) => {
        const line = jsonLine({ target: `/${target}`, referer, userAgent })
        expect(JSON.parse(line)).toMatchObject({ url: `/${target}`, referer, userAgent })
        expect(line).toMatch(PRINTABLE)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})
