import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { eventually } from '../eventually.ts'

describe('systemClock', () => {
  it('returns the time of day, and a monotonic time', () => {
    expect(Math.abs(systemClock.wallMs() - Date.now())).toBeLessThan(1000)
    const first = systemClock.monotonicMs()
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first)
    expect(systemClock.monotonicMs()).toBeLessThan(Date.now() / 2)
  })

  it('ticks until it is stopped', async () => {
    let ticks = 0
    const stop = systemClock.every(5, () => ticks++)
    await eventually(() => expect(ticks).toBeGreaterThan(2))
    stop()
    const before = ticks
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(ticks).toBe(before)
  })
})
