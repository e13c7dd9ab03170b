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
  ])('%s may not', name => {
    expect(nameRefusal(name, 'set')).toBe('not be a field that the server itself has to get right')
    expect(nameRefusal(name, 'unset')).toBe(
      'not be a field that the server itself has to get right',
    )
  })

  it.each(['ETag', 'Last-Modified'])('%s may only be unset', name => {
    expect(nameRefusal(name, 'set')).toBe('be told by the file; it can only be unset')
    expect(nameRefusal(name, 'unset')).toBeUndefined()
  })

  it.each(['', 'a b', 'a:', 'a\r\n', 'é'])('%j is no name', name => {
    expect(nameRefusal(name, 'set')).toBe('be the name of a field')
  })
})

describe('isRuleValue', () => {
  it.each(['', 'a', 'a b', '</a>; rel="preload"', 'caf\xe9'])('%j is one', value => {
    expect(isRuleValue(value)).toBe(true)
  })

  it.each([' a', 'a ', '\ta', 'a\r\nb: c', 'a\0', '\u20ac'])('%j is not', value => {
    expect(isRuleValue(value)).toBe(false)
  })
})
