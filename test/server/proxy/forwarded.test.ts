import { describe, expect, it } from 'vitest'
import { clientAddress } from '../../../src/server/proxy/forwarded.ts'

const trusts =
  (...addresses: readonly string[]) =>
  (address: string) =>
    addresses.includes(address)
const forwarded = (value: string, ...trusted: readonly string[]) =>
  clientAddress(value, 'forwarded', trusts(...trusted))
const xff = (value: string, ...trusted: readonly string[]) =>
  clientAddress(value, 'x-forwarded-for', trusts(...trusted))

describe('Forwarded', () => {
  it.each([
    ['for=192.0.2.60;proto=http;by=203.0.113.43', '192.0.2.60'],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=192.0.2.43, for=198.51.100.17', '198.51.100.17'],
    ['for=192.0.2.43, for="_gazonk"', '_gazonk'],
    ['for=unknown', 'unknown'],
    ['for="192.0.2.1:_x"; host="a,b;c"', '192.0.2.1'],
    ['for=192.0.2.1, ,', '192.0.2.1'],
  ])('%s: the client is %s', (value, client) => expect(forwarded(value)).toBe(client))

  it('skips trusted proxies, from the end', () => {
    const value = 'for=1.1.1.1, for=2.2.2.2, for="[::3]", for=4.4.4.4'
    expect(forwarded(value, '4.4.4.4')).toBe('::3')
    expect(forwarded(value, '4.4.4.4', '::3')).toBe('2.2.2.2')
    expect(forwarded(value, '1.1.1.1', '2.2.2.2', '::3', '4.4.4.4')).toBe('1.1.1.1')
    expect(forwarded('for=1.1.1.1, for=unknown, for=4.4.4.4', '4.4.4.4')).toBe('unknown')
    expect(forwarded('', '4.4.4.4')).toBeUndefined()
  })

  it.each([
    'for=192.0.2.1:80',
    'for=[::1]',
    'for="::1"',
    'for =1.2.3.4',
    'for',
    'for=',
    'for="1.2.3.4',
    'proto=http',
    'for=1.2.3.4;for=1.2.3.4',
    'for=1.2.3.4 by=x',
    'for="[1.2.3.4]"',
  ])('%s: the client is unknown', value => expect(forwarded(value)).toBe('unknown'))

  it.each(['for="', 'for=9.9.9.9;x="', '"', 'x="\\', '\\"'])(
    'a value that the client has begun with %j does not hide what a proxy appends',
    value => {
      expect(forwarded(`${value}, for="[2001:db8::1]"`)).toBe('2001:db8::1')
      expect(forwarded(`${value}, for=1.2.3.4, for="5.6.7.8"`, '5.6.7.8')).toBe('1.2.3.4')
    },
  )
})

describe('X-Forwarded-For', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['10.0.0.1,192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:8080', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]:8080', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['unknown', 'unknown'],
    ['<script>', 'unknown'],
    [', ,', undefined],
    [',', undefined],
  ])('%s: the client is %s', (value, client) => expect(xff(value)).toBe(client))

  it('skips trusted proxies, from the end', () => {
    expect(xff('1.1.1.1, 2.2.2.2, 3.3.3.3', '3.3.3.3')).toBe('2.2.2.2')
    expect(xff('"1.1.1.1, 2.2.2.2, 3.3.3.3', '3.3.3.3', '2.2.2.2')).toBe('unknown')
  })
})
