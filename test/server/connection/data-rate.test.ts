import { describe, expect, it } from 'vitest'
import {
  bodyDataRate,
  DataRateMonitor,
  writeDataRate,
} from '../../../src/server/connection/data-rate.ts'
import { configWith } from '../fake-server.ts'

const PACE = { graceMs: 1000, creditMsMax: 3000, bytesPerSecondMin: 100 }

describe('Progress', () => {
  it('has its grace, from when it is awaited', () => {
    const progress = new DataRateMonitor(PACE)
    expect([
      progress.startWaiting(5000),
      progress.startWaiting(5400),
      progress.startWaiting(6000),
    ]).toEqual([1000, 600, 0])
  })

  it('spends nothing while it rests', () => {
    const progress = new DataRateMonitor(PACE)
    progress.startWaiting(0)
    progress.countBytes(0, 300)
    progress.pause()
    progress.countBytes(0, 9000)
    expect(progress.startWaiting(10_000)).toBe(700)
  })

  it('earns by bytes what they take at the pace, up to the most', () => {
    const progress = new DataRateMonitor(PACE)
    progress.countBytes(50, 0)
    expect(progress.startWaiting(0)).toBe(1500)
    progress.countBytes(1_000_000, 1000)
    expect(progress.startWaiting(1000)).toBe(3000)
  })

  it('earns back what it has overdrawn', () => {
    const progress = new DataRateMonitor(PACE)
    progress.startWaiting(0)
    expect(progress.startWaiting(1500)).toBe(-500)
    progress.countBytes(60, 1500)
    expect(progress.startWaiting(1500)).toBe(100)
  })

  it('earns all by a byte where any pace will do, and nothing by none', () => {
    const progress = new DataRateMonitor({ ...PACE, bytesPerSecondMin: 0 })
    progress.startWaiting(0)
    progress.countBytes(0, 900)
    expect(progress.startWaiting(900)).toBe(100)
    progress.countBytes(1, 900)
    expect(progress.startWaiting(900)).toBe(3000)
  })
})

it('the paces are those of the settings', () => {
  const config = configWith({
    contentTimeoutMs: 10,
    contentBytesPerSecondMin: 1,
    writeTimeoutMs: 20,
    writeBytesPerSecondMin: 2,
  })
  expect(bodyDataRate(config)).toEqual({ graceMs: 10, creditMsMax: 10, bytesPerSecondMin: 1 })
  expect(writeDataRate(config)).toEqual({ graceMs: 20, creditMsMax: 200, bytesPerSecondMin: 2 })
})
