import { describe, expect, it } from 'vitest'
import { contentPace, Progress, readerPace } from '../../../src/server/connection/data-rate.ts'
import { configWith } from '../fake-server.ts'

const PACE = { graceMs: 1000, creditMsMax: 3000, bytesPerSecondMin: 100 }

describe('Progress', () => {
  it('has its grace, from when it is awaited', () => {
    const progress = new Progress(PACE)
    expect([progress.await(5000), progress.await(5400), progress.await(6000)]).toEqual([1000, 600, 0])
  })

  it('spends nothing while it rests', () => {
    const progress = new Progress(PACE)
    progress.await(0)
    progress.moved(0, 300)
    progress.rest()
    progress.moved(0, 9000)
    expect(progress.await(10_000)).toBe(700)
  })

  it('earns by bytes what they take at the pace, up to the most', () => {
    const progress = new Progress(PACE)
    progress.moved(50, 0)
    expect(progress.await(0)).toBe(1500)
    progress.moved(1_000_000, 1000)
    expect(progress.await(1000)).toBe(3000)
  })

  it('earns back what it has overdrawn', () => {
    const progress = new Progress(PACE)
    progress.await(0)
    expect(progress.await(1500)).toBe(-500)
    progress.moved(60, 1500)
    expect(progress.await(1500)).toBe(100)
  })

  it('earns all by a byte where any pace will do, and nothing by none', () => {
    const progress = new Progress({ ...PACE, bytesPerSecondMin: 0 })
    progress.await(0)
    progress.moved(0, 900)
    expect(progress.await(900)).toBe(100)
    progress.moved(1, 900)
    expect(progress.await(900)).toBe(3000)
  })
})

it('the paces are those of the settings', () => {
  const config = configWith({
    contentTimeoutMs: 10,
    contentBytesPerSecondMin: 1,
    writeTimeoutMs: 20,
    writeBytesPerSecondMin: 2,
  })
  expect(contentPace(config)).toEqual({ graceMs: 10, creditMsMax: 10, bytesPerSecondMin: 1 })
  expect(readerPace(config)).toEqual({ graceMs: 20, creditMsMax: 200, bytesPerSecondMin: 2 })
})
