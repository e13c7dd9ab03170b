import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFieldName, isFieldValue, ResponseBuilder } from '../../src/response/response-head.ts'

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, byte => String.fromCharCode(byte)).join('')
}

describe('isFieldName', () => {
  it.each(['Content-Type', 'x', '0', "!#$%&'*+-.^_`|~"])('accepts %s', name => {
    expect(isFieldName(name)).toBe(true)
  })

  it.each([
    '',
    'a b',
    'a:',
    ' a',
    'a\n',
    'a\r\nb',
    'a\0',
    'caf\u00e9',
    '"a"',
    '(a)',
    'a,b',
    'a/b',
    'a=b',
    '\u212a',
  ])('refuses %j', name => {
    expect(isFieldName(name)).toBe(false)
  })
})

describe('isFieldValue', () => {
  it('accepts HTAB, SP, VCHAR and obs-text, and no other character', () => {
    for (let code = 0; code <= 0x200; code++) {
      const isAllowed = code === 0x09 || (code >= 0x20 && code <= 0xff && code !== 0x7f)
      expect(isFieldValue(`a${String.fromCharCode(code)}`), `U+${code.toString(16)}`).toBe(
        isAllowed,
      )
    }
  })

  it.each(['', 'a', 'text/html; charset=utf-8', ' a '])('accepts %j', value => {
    expect(isFieldValue(value)).toBe(true)
  })

  it.each(['a\r\nSet-Cookie: b', 'a\n', '\u560d\u560a', '\u{1f600}', '\ud800'])(
    'refuses %j',
    value => {
      expect(isFieldValue(value)).toBe(false)
    },
  )
})

describe('ResponseBuilder', () => {
  it('formats the status line and the fields in order', () => {
    const result = new ResponseBuilder(200)
      .field('Content-Length', 5)
      .field('Vary', 'Accept-Encoding')
      .field('X-Name', 'caf\u00e9')
      .build()
    expect(result.ok && latin1(result.bytes)).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVary: Accept-Encoding\r\nX-Name: caf\u00e9\r\n\r\n',
    )
  })

  it.each([
    [
      'a name that is not a token',
      200,
      'Bad Name',
      'v',
      'Bad Name',
      'v',
      'A field name is one or more token characters.',
    ],
    [
      'a value with a line break',
      200,
      'Location',
      '/\r\nSet-Cookie: a=b',
      'Location',
      '/\r\nSet-Cookie: a=b',
      'A field value is Latin-1 without control characters.',
    ],
    [
      'a status of two digits',
      99,
      'A',
      'v',
      ':status',
      '99',
      'A status is an integer from 100 to 599.',
    ],
    [
      'a status above 599',
      600,
      'A',
      'v',
      ':status',
      '600',
      'A status is an integer from 100 to 599.',
    ],
    [
      'a status with a fraction',
      200.5,
      'A',
      'v',
      ':status',
      '200.5',
      'A status is an integer from 100 to 599.',
    ],
  ])('reports %s', (_what, status, fieldName, fieldValue, name, value, reason) => {
    const result = new ResponseBuilder(status)
      .field('First', 1)
      .field(fieldName, fieldValue)
      .build()
    expect(result).toEqual({ ok: false, problem: { name, value, reason } })
  })

  it.each([100, 599])('accepts the status %i', status => {
    expect(new ResponseBuilder(status).build().ok).toBe(true)
  })

  it('returns exactly one head, which parses to the given fields, or reports a problem', () => {
    const char = fc.oneof(
      {
        weight: 20,
        arbitrary: fc.integer({ min: 0x21, max: 0x7e }).map(code => String.fromCharCode(code)),
      },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 0x80, max: 0xff }).map(code => String.fromCharCode(code)),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '\r',
          '\n',
          '\r\n',
          '\r\n\r\n',
          '\0',
          ' ',
          '\t',
          ':',
          '\u010d',
          '\u010a',
        ),
      },
    )
    const name = fc.oneof(
      { weight: 9, arbitrary: fc.stringMatching(/^[A-Za-z0-9-]+$/) },
      { weight: 1, arbitrary: fc.string({ unit: char, maxLength: 6 }) },
    )
    const fields = fc.array(fc.tuple(name, fc.string({ unit: char, maxLength: 8 })), {
      maxLength: 6,
    })
    let written = 0
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), fields, (status, given) => {
        const builder = new ResponseBuilder(status)
        for (const [name, value] of given) builder.field(name, value)
        const result = builder.build()
        if (!result.ok) return
        written++
        const head = latin1(result.bytes)
        expect(head.indexOf('\r\n\r\n')).toBe(head.length - 4)
        const [statusLine, ...lines] = head.slice(0, -4).split('\r\n')
        expect(statusLine!.split(' ').slice(0, 2)).toEqual(['HTTP/1.1', String(status)])
        expect(
          lines.map(line => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 2)]),
        ).toEqual(given)
        expect(/[\r\n\0]/.test(head.replaceAll('\r\n', ''))).toBe(false)
      }),
      { numRuns: 2000 },
    )
    expect(written).toBeGreaterThan(200)
  })
})
