import { describe, expect, it } from 'vitest'
import { isRuleValue, nameRefusal } from '../../src/response/rule-fields.ts'

describe('nameRefusal', () => {
  it.each([
    'X-Team',
    'Content-Type',
    'cache-control',
    'Link',
    'Content-Security-Policy',
    'Server',
    'Set-Cookie',
  ])('%s may be set and unset', name => {
    expect(nameRefusal(name, 'set')).toBeUndefined()
    expect(nameRefusal(name, 'unset')).toBeUndefined()
  })

  it.each([
    'Content-Length',
    'TRANSFER-ENCODING',
    'connection',
    'Date',
    'Content-Encoding',
    'Content-Range',
    'Accept-Ranges',
    'Vary',
    'Location',
    'Trailer',
    'Upgrade',
  ])('%s may be neither set nor unset', name => {
    expect(nameRefusal(name, 'set')).toBe('not be a header that only the server can set')
    expect(nameRefusal(name, 'unset')).toBe('not be a header that only the server can set')
  })

  it.each(['ETag', 'Last-Modified'])('%s may only be unset', name => {
    expect(nameRefusal(name, 'set')).toBe(
      'not be set, only unset: the server derives it from the file',
    )
    expect(nameRefusal(name, 'unset')).toBeUndefined()
  })

  it.each(['', 'a b', 'a:', 'a\r\n', 'é'])('%j is not a name', name => {
    expect(nameRefusal(name, 'set')).toBe('be a header name')
  })
})

describe('isRuleValue', () => {
  it.each(['', 'a', 'a b', '</a>; rel="preload"', 'caf\xe9'])('is true for %j', value => {
    expect(isRuleValue(value)).toBe(true)
  })

  it.each([' a', 'a ', '\ta', 'a\r\nb: c', 'a\0', '\u20ac'])('is false for %j', value => {
    expect(isRuleValue(value)).toBe(false)
  })
})
