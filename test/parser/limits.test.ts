import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, Event, type Limits, RequestParser } from '../../src/parser/index.ts'
import { resolveLimits } from '../../src/parser/limits.ts'

describe('limits', () => {
  it('default where none is given', () => {
    expect(resolveLimits({ fieldCountMax: 7 })).toEqual({ ...DEFAULT_LIMITS, fieldCountMax: 7 })
    expect(resolveLimits({})).toEqual(DEFAULT_LIMITS)
  })

  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

  it.each(names)('%s cannot be negative, a fraction, NaN or larger than its maximum', name => {
    const max = {
      fieldCountMax: 65_536,
      contentBytesMax: Number.MAX_SAFE_INTEGER,
    }[name as string]
    for (const value of [-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53])
      expect(() => new RequestParser({ [name]: value })).toThrow(RangeError)
    const tooLarge = (max ?? 2 ** 29) + 1
    expect(() => new RequestParser({ [name]: tooLarge })).toThrow(
      `${name} must be a whole number from 0 to ${max ?? 2 ** 29}`,
    )
    expect(resolveLimits({ [name]: max ?? 2 ** 29 })[name]).toBe(max ?? 2 ** 29)
  })

  it.each(names.filter(name => name !== 'contentBytesMax'))('%s cannot be Infinity', name => {
    expect(() => new RequestParser({ [name]: Number.POSITIVE_INFINITY })).toThrow(RangeError)
  })

  it('let content be unlimited', () => {
    const parser = new RequestParser({ contentBytesMax: Number.POSITIVE_INFINITY })
    const length = Number.MAX_SAFE_INTEGER
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`
    parser.feed(new TextEncoder().encode(`${head}x`))
    expect([parser.next(), parser.next()]).toEqual([Event.Head, Event.Content])
    expect(parser.contentLength).toBe(length)
  })

  it.each(['10', '8KiB', null, true, {}])('cannot be %j, which is no number', value => {
    const limits = { fieldCountMax: value } as unknown as Partial<Limits>
    expect(() => new RequestParser(limits)).toThrow(TypeError)
    expect(() => new RequestParser(limits)).toThrow(/^fieldCountMax must be a number, not /)
  })

  it('cannot have another name', () => {
    for (const name of ['fieldsCountMax', 'fieldcountmax', 'constructor', '0'])
      expect(() => new RequestParser({ [name]: 10 })).toThrow(
        new TypeError(`${name} is not a limit; the limits are ${names.join(', ')}`),
      )
  })

  it.each([null, 10, 'fieldCountMax'])('cannot be %j instead of an object', limits => {
    expect(() => new RequestParser(limits as unknown as Partial<Limits>)).toThrow(
      `limits must be an object, such as { fieldCountMax: 50 }, not ${limits}`,
    )
  })

  it('allow a request line of 8000 octets, as RFC 9112 §3 recommends', () => {
    expect(DEFAULT_LIMITS.requestLineBytesMax).toBeGreaterThanOrEqual(8000)
  })
})
