import { describe, expect, it } from 'vitest'
import { isHeaderValue, whyHeaderRefused } from '../../src/response/rule-fields.ts'

describe('whyHeaderRefused', () => {
  it.each([
    'X-Team',
    'Content-Type',
    'cache-control',
    'Link',
    'Content-Security-Policy',
    'Server',
    'Set-Cookie',
  ])('%s may be set and unset', name => {
    expect(whyHeaderRefused(name, 'set')).toBeUndefined()
    expect(whyHeaderRefused(name, 'unset')).toBeUndefined()
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
    expect(whyHeaderRefused(name, 'set')).toBe('not be a header that only the server can set')
    expect(whyHeaderRefused(name, 'unset')).toBe('not be a header that only the server can set')
  })

  it.each(['ETag', 'Last-Modified'])('%s may only be unset', name => {
    expect(whyHeaderRefused(name, 'set')).toBe(
      'not be set, only unset: the server derives it from the file',
    )
    expect(whyHeaderRefused(name, 'unset')).toBeUndefined()
  })

  it.each(['', 'a b', 'a:', 'a\r\n', 'é'])('%j is not a name', name => {
    expect(whyHeaderRefused(name, 'set')).toBe('be a header name')
  })
})

describe('isHeaderValue', () => {
  it.each(['', 'a', 'a b', '</a>; rel="preload"', 'caf\xe9'])('is true for %j', value => {
    expect(isHeaderValue(value)).toBe(true)
  })

  it.each([' a', 'a ', '\ta', 'a\r\nb: c', 'a\0', '\u20ac'])('is false for %j', value => {
    expect(isHeaderValue(value)).toBe(false)
  })
})
