import { describe, expect, it } from 'vitest'
import { Networks } from '../../../src/server/proxy/networks.ts'

const LIST = Networks.of(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '::1', '172.16.5.9/12'])!

describe('Networks', () => {
  it.each([
    '192.0.2.7',
    '10.255.0.1',
    '2001:db8:ffff::1',
    '::1',
    '172.31.0.1',
    '::ffff:10.0.0.1',
    '2001:db8::1%eth0',
  ])('includes %s', address => expect(LIST.includes(address)).toBe(true))

  it.each([
    '192.0.2.8',
    '11.0.0.1',
    '2001:db9::1',
    '::2',
    '172.32.0.1',
    '::ffff:11.0.0.1',
    'fe80::1%eth0',
    '',
    'unix:',
    'unknown',
    '_x',
  ])('does not include %s', address => expect(LIST.includes(address)).toBe(false))

  it('includes UNIX sockets if they are listed', () => {
    expect(Networks.of(['unix'])!.includes('unix:')).toBe(true)
    expect(Networks.of(['unix'])!.includes('10.0.0.1')).toBe(false)
  })

  it('is undefined if nothing is listed', () => {
    expect(Networks.of([])).toBeUndefined()
  })
})
