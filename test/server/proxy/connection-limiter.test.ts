import { describe, expect, it } from 'vitest'
import { AddressCounts, networkOf } from '../../../src/server/proxy/connection-limiter.ts'

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
    const counts = new AddressCounts(2)
    expect(['a', 'a', 'a', 'b', 'b', 'b'].map(address => counts.take(address))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ])
    counts.give('a')
    expect([counts.take('a'), counts.take('a')]).toEqual([true, false])
  })

  it('takes an IPv6 network for one address', () => {
    const counts = new AddressCounts(1)
    expect(counts.take('2001:db8::1')).toBe(true)
    expect(counts.take('2001:db8::2')).toBe(false)
    expect(counts.take('2001:db8:0:1::1')).toBe(true)
  })

  it('keeps nothing of addresses without connections', () => {
    const counts = new AddressCounts(5)
    for (const address of ['a', 'a', 'b']) counts.take(address)
    expect(counts.size).toBe(2)
    for (const address of ['a', 'a', 'b']) counts.give(address)
    expect(counts.size).toBe(0)
  })

  it('counts nothing where any number will do, nor what has no address', () => {
    const any = new AddressCounts(0)
    expect([any.take('a'), any.take('a'), any.size]).toEqual([true, true, 0])
    any.give('a')
    const one = new AddressCounts(1)
    expect([one.take(''), one.take(''), one.size]).toEqual([true, true, 0])
    one.give('')
    expect([one.take('unix:'), one.take('unix:'), one.size]).toEqual([true, true, 0])
  })
})
