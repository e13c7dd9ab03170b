import { describe, expect, it } from 'vitest'
import { isHost } from '../../src/parser/target-form.ts'

describe('isHost', () => {
  it('accepts an empty span, whatever follows it', () => {
    expect(isHost(new TextEncoder().encode('[a]'), 0, 0)).toBe(true)
  })

  it.each([
    '',
    'a',
    'a.example',
    'a.example:',
    'a.example:80',
    '127.0.0.1',
    "a_b~!$&'()*+,;=%41",
    '[::1]',
    '[::1]:80',
    '[v1.a:b]',
    ':80',
  ])('accepts %j', host => {
    const bytes = new TextEncoder().encode(`x${host}x`)
    expect(isHost(bytes, 1, 1 + host.length)).toBe(true)
  })

  it.each([
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'a:8 0',
    'a:80:80',
    '[',
    '[]',
    '[::1',
    '[::1]a',
    '[::1/',
    '[::1/:80',
    '[::1]:x',
    '::1',
    'a,b c',
    'a#',
    'a?',
    'a\\b',
    'caf\xe9',
  ])('refuses %j', host => {
    const bytes = Uint8Array.from(`a${host}]`, char => char.charCodeAt(0))
    expect(isHost(bytes, 1, 1 + host.length)).toBe(false)
  })
})
