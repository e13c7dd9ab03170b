import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import { combinedForm, jsonForm, type LineForm } from '../../../src/server/log/access-log-line.ts'
import { LineBatch } from '../../../src/server/log/line-buffer.ts'
import type { SentResponse } from '../../../src/server/log/request-log-entry.ts'
import { headWith, type Told } from '../heads.ts'

const ANSWER: SentResponse = {
  remoteAddress: '192.0.2.7',
  wallMs: Date.parse('2026-11-02T13:05:09.123Z'),
  durationMs: 1.23456,
  status: 200,
  bytes: 1234,
  head: undefined,
}
const TOLD: Told = { target: '/a?b=c', referer: 'https://example.com/', userAgent: 'curl/8.0' }

const written = (form: LineForm, answer: SentResponse): string => {
  const lines = new LineBatch()
  form(lines, answer)
  return lines.takeFront(lines.length).toString('latin1')
}
const combinedLine = (told: Partial<Told> = {}): string =>
  written(combinedForm(), { ...ANSWER, head: headWith({ ...TOLD, ...told }) })
const jsonLine = (told: Partial<Told> = {}): string =>
  written(jsonForm(), { ...ANSWER, head: headWith({ ...TOLD, ...told }) })

/** All that one byte can be. */
const ALL_CHARS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
/** Nothing that ends a line or steers a terminal. */
const PRINTABLE = /^[^\x00-\x1f\x7f-\x9f]*\n$/

const latin1 = fc.string({ unit: fc.constantFrom(...ALL_CHARS), maxLength: 30 })

describe('combinedLine', () => {
  it('is in the Combined Log Format', () => {
    expect(combinedLine()).toBe(
      '192.0.2.7 - - [02/Nov/2026:13:05:09 +0000] "GET /a?b=c HTTP/1.1" 200 1234 "https://example.com/" "curl/8.0"\n',
    )
  })

  it('has a dash for a request that was refused unread', () => {
    expect(written(combinedForm(), { ...ANSWER, status: 400 })).toBe(
      '192.0.2.7 - - [02/Nov/2026:13:05:09 +0000] "-" 400 1234 "-" "-"\n',
    )
  })

  it('has a dash for fields that were not sent, and all lines of one that was sent twice', () => {
    const parser = new RequestParser()
    parser.feed(Buffer.from('GET / HTTP/1.0\r\nReferer: a\r\nX: y\r\nreferer: b\r\n\r\n'))
    expect(parser.next()).toBe(Event.Head)
    expect(written(combinedForm(), { ...ANSWER, head: parser.head })).toContain(
      '"GET / HTTP/1.0" 200 1234 "a, b" "-"\n',
    )
  })

  it('tells the second anew when it is another', () => {
    const form = combinedForm()
    const times = [0, 500, 999, 1000, 61_000].map(ms => {
      const wallMs = Date.parse('2026-12-31T23:59:58Z') + ms
      return written(form, { ...ANSWER, wallMs }).slice(14, 42)
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

  it('is one line of so many quotes, whatever a client sends', () => {
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

describe('jsonLine', () => {
  it('has all there is, the time first, the duration to the microsecond', () => {
    expect(jsonLine()).toBe(
      `${JSON.stringify({
        time: '2026-11-02T13:05:09.123Z',
        remoteAddress: '192.0.2.7',
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
        const line = jsonLine({ target: `/${target}`, referer, userAgent })
        expect(JSON.parse(line)).toMatchObject({ target: `/${target}`, referer, userAgent })
        expect(line).toMatch(PRINTABLE)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})
