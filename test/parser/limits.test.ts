import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, RequestParser } from '../../src/parser/index.ts'
import { resolveLimits } from '../../src/parser/limits.ts'

describe('limits', () => {
  it('default where none is given', () => {
    expect(resolveLimits({ fieldCountMax: 7 })).toEqual({ ...DEFAULT_LIMITS, fieldCountMax: 7 })
    expect(resolveLimits({})).toEqual(DEFAULT_LIMITS)
  })

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('cannot be %d', value => {
    expect(() => new RequestParser({ fieldsBytesMax: value })).toThrow(/fieldsBytesMax/)
  })

  it('allow a request line of 8000 octets, as RFC 9112 §3 recommends', () => {
    expect(DEFAULT_LIMITS.requestLineBytesMax).toBeGreaterThanOrEqual(8000)
  })
})
