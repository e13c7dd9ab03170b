import { describe, expect, it } from 'vitest'
import { formatIpv6, parseIpAddress } from '../../../src/server/proxy/remote-address.ts'

describe('parseIpAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
    ['::192.0.2.1', '::c000:201'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:1:0:0:2:0:0', '::1:0:0:2:0:0'],
  ])('%s is %s', (text, address) => expect(parseIpAddress(text)).toBe(address))

  it.each([
    '',
    ':',
    ':::',
    '1:',
    ':1',
    '1.2.3',
    '1.2.3.4.',
    '1..2.3',
    '256.1.1.1',
    '01.2.3.4',
    '0x1.2.3.4',
    '::g',
  ])('%j is not an address', text => expect(parseIpAddress(text)).toBeUndefined())

  it.each([
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:',
    '1:2:3:4:5:6:7:8::',
    '::1.2.3',
    '::01.2.3.4',
    '::1%lo',
    '::1%',
    '[::1]',
    '1.2.3.4%lo',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])('%j is not an IPv6 address', text => expect(parseIpAddress(text)).toBeUndefined())
})

describe('formatIpv6', () => {
  it.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['000000000000000000000000c0000201', '::c000:201'],
    ['00000000000000000000ffffc0000201', '192.0.2.1'],
    ['00000000000000000000000000000000', '::'],
  ])('%s is %s', (hex, address) => {
    expect(formatIpv6(Buffer.from(hex, 'hex'))).toBe(address)
  })
})
