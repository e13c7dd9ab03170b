import { describe, expect, it } from 'vitest'
import {
  bodyDataRate,
  DataRateMonitor,
  writeDataRate,
} from '../../../src/server/connection/data-rate.ts'
import { configWith } from '../fake-server.ts'

const RATE = { graceMs: 1000, creditMsMax: 3000, bytesPerSecondMin: 100 }

describe('DataRateMonitor', () => {
  it('grants graceMs from when it starts waiting', () => {
    const monitor = new DataRateMonitor(RATE)
    expect([
      monitor.startWaiting(5000),
      monitor.startWaiting(5400),
      monitor.startWaiting(6000),
    ]).toEqual([1000, 600, 0])
  })

  it('drains nothing while it is paused', () => {
    const monitor = new DataRateMonitor(RATE)
    monitor.startWaiting(0)
    monitor.countBytes(0, 300)
    monitor.pause()
    monitor.countBytes(0, 9000)
    expect(monitor.startWaiting(10_000)).toBe(700)
  })

  it('adds the time that bytes take at the minimum rate, up to creditMsMax', () => {
    const monitor = new DataRateMonitor(RATE)
    monitor.countBytes(50, 0)
    expect(monitor.startWaiting(0)).toBe(1500)
    monitor.countBytes(1_000_000, 1000)
    expect(monitor.startWaiting(1000)).toBe(3000)
  })

  it('recovers from a negative balance', () => {
    const monitor = new DataRateMonitor(RATE)
    monitor.startWaiting(0)
    expect(monitor.startWaiting(1500)).toBe(-500)
    monitor.countBytes(60, 1500)
    expect(monitor.startWaiting(1500)).toBe(100)
  })

  it('is filled by one byte if the minimum rate is 0, and not by none', () => {
    const monitor = new DataRateMonitor({ ...RATE, bytesPerSecondMin: 0 })
    monitor.startWaiting(0)
    monitor.countBytes(0, 900)
    expect(monitor.startWaiting(900)).toBe(100)
    monitor.countBytes(1, 900)
    expect(monitor.startWaiting(900)).toBe(3000)
  })
})

it('bodyDataRate() and writeDataRate() follow the settings', () => {
  const config = configWith({
    contentTimeoutMs: 10,
    contentBytesPerSecondMin: 1,
    writeTimeoutMs: 20,
    writeBytesPerSecondMin: 2,
  })
  expect(bodyDataRate(config)).toEqual({ graceMs: 10, creditMsMax: 10, bytesPerSecondMin: 1 })
  expect(writeDataRate(config)).toEqual({ graceMs: 20, creditMsMax: 200, bytesPerSecondMin: 2 })
})
