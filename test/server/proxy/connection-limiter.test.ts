import { describe, expect, it } from 'vitest'
import { ConnectionLimiter, limiterKey } from '../../../src/server/proxy/connection-limiter.ts'

describe('limiterKey', () => {
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
  ])('%s is counted as %s', (address, key) => {
    expect(limiterKey(address)).toBe(key)
  })
})

describe('ConnectionLimiter', () => {
  it('admits `max` connections of each address', () => {
    const limiter = new ConnectionLimiter(2)
    expect(['a', 'a', 'a', 'b', 'b', 'b'].map(address => limiter.acquire(address))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ])
    limiter.release('a')
    expect([limiter.acquire('a'), limiter.acquire('a')]).toEqual([true, false])
  })

  it('counts an IPv6 /64 as one address', () => {
    const limiter = new ConnectionLimiter(1)
    expect(limiter.acquire('2001:db8::1')).toBe(true)
    expect(limiter.acquire('2001:db8::2')).toBe(false)
    expect(limiter.acquire('2001:db8:0:1::1')).toBe(true)
  })

  it('forgets addresses that have no connections', () => {
    const limiter = new ConnectionLimiter(5)
    for (const address of ['a', 'a', 'b']) limiter.acquire(address)
    expect(limiter.size).toBe(2)
    for (const address of ['a', 'a', 'b']) limiter.release(address)
    expect(limiter.size).toBe(0)
  })

  it('counts nothing without a limit, and no connection without an IP address', () => {
    const unlimited = new ConnectionLimiter(0)
    expect([unlimited.acquire('a'), unlimited.acquire('a'), unlimited.size]).toEqual([
      true,
      true,
      0,
    ])
    unlimited.release('a')
    const one = new ConnectionLimiter(1)
    expect([one.acquire(''), one.acquire(''), one.size]).toEqual([true, true, 0])
    one.release('')
    expect([one.acquire('unix:'), one.acquire('unix:'), one.size]).toEqual([true, true, 0])
  })
})
