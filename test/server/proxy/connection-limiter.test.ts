import { describe, expect, it } from 'vitest'
import { ConnectionLimiter, networkOf } from '../../../src/server/proxy/connection-limiter.ts'

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::3:4:5:6', '2001:db8:0:0'],
    ['2001:db8::2:3:4:5:6', '2001:db8:0:2'],
    ['2001::2:3:4:5:6', '2001:0:0:2'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s: %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('AddressCounts', () => {
  it('takes as many as may be of each address', () => {
    const counts = new ConnectionLimiter(2)
    expect(['a', 'a', 'a', 'b', 'b', 'b'].map(address => counts.acquire(address))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ])
    counts.release('a')
    expect([counts.acquire('a'), counts.acquire('a')]).toEqual([true, false])
  })

  it('takes an IPv6 network for one address', () => {
    const counts = new ConnectionLimiter(1)
    expect(counts.acquire('2001:db8::1')).toBe(true)
    expect(counts.acquire('2001:db8::2')).toBe(false)
    expect(counts.acquire('2001:db8:0:1::1')).toBe(true)
  })

  it('keeps nothing of addresses without connections', () => {
    const counts = new ConnectionLimiter(5)
    for (const address of ['a', 'a', 'b']) counts.acquire(address)
    expect(counts.size).toBe(2)
    for (const address of ['a', 'a', 'b']) counts.release(address)
    expect(counts.size).toBe(0)
  })

  it('counts nothing where any number will do, nor what has no address', () => {
    const any = new ConnectionLimiter(0)
    expect([any.acquire('a'), any.acquire('a'), any.size]).toEqual([true, true, 0])
    any.release('a')
    const one = new ConnectionLimiter(1)
    expect([one.acquire(''), one.acquire(''), one.size]).toEqual([true, true, 0])
    one.release('')
    expect([one.acquire('unix:'), one.acquire('unix:'), one.size]).toEqual([true, true, 0])
  })
})
