import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isIpv6Address } from '../../src/parser/ip-literal.ts'
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
    '[::]',
    '[1::]',
    '[1:2:3:4:5:6:7:8]',
    '[1:2:3:4:5:6:7::]',
    '[::2:3:4:5:6:7:8]',
    '[2001:DB8::a:0]:443',
    '[::ffff:192.0.2.1]',
    '[1:2:3:4:5:6:255.255.255.255]',
    ':80',
    'a:65535',
    'a:00080',
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
    'a:65536',
    `a:${'9'.repeat(400)}`,
    'a%',
    'a%4',
    'a%4g',
    '%zz',
    '[blog.example]',
    '[a]',
    '[127.0.0.1]',
    '[v1.a:b]',
    '[vF.blog]',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]',
    '[:]',
    '[:::]',
    '[::1::]',
    '[1:::2]',
    '[:1]',
    '[1:]',
    '[1:2]',
    '[12345::]',
    '[g::]',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1:2:3:4:5:6:7:8::]',
    '[::1:2:3:4:5:6:7:8]',
    '[::1.2.3]',
    '[::1.2.3.4.5]',
    '[::1.2.3.256]',
    '[::01.2.3.4]',
    '[::1.2.3.4:5]',
    '[::1.2.3.]',
    '[1:2:3:4:5:6:7:1.2.3.4]',
    '[1:2:3:4:5::6:1.2.3.4]:1x',
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

describe('isIpv6Address', () => {
  it('accepts what node:net accepts, without zones', () => {
    const part = fc.constantFrom(
      ':',
      '::',
      '1',
      'abcd',
      'F',
      '0',
      '12345',
      'g',
      '.',
      '255',
      '1.2.3.4',
    )
    const text = fc.array(part, { maxLength: 17 }).map(parts => parts.join(''))
    const groups = fc
      .array(fc.constantFrom('0', 'ab', '1.2.3.4', ''), { minLength: 1, maxLength: 9 })
      .map(parts => parts.join(':'))
    fc.assert(
      fc.property(fc.oneof(text, groups), address => {
        const bytes = new TextEncoder().encode(`:${address}:1`)
        expect(isIpv6Address(bytes, 1, 1 + address.length)).toBe(isIPv6(address))
      }),
      { numRuns: 5000 },
    )
  })
})
