import { describe, expect, it } from 'vitest'
import { DateField } from '../../../src/server/connection/clock.ts'
import { FakeClock } from '../fake-clock.ts'

describe('DateField', () => {
  it('is the Date of the current second', () => {
    const clock = new FakeClock()
    const date = new DateField(clock)
    expect(date.value()).toBe('Sun, 22 Nov 2026 13:05:09 GMT')
    clock.advance(999)
    expect(date.value()).toBe('Sun, 22 Nov 2026 13:05:09 GMT')
    clock.advance(1)
    expect(date.value()).toBe('Sun, 22 Nov 2026 13:05:10 GMT')
    clock.advance(59_500)
    expect(date.value()).toBe('Sun, 22 Nov 2026 13:06:09 GMT')
    clock.advance(500)
    expect(date.value()).toBe('Sun, 22 Nov 2026 13:06:10 GMT')
  })

  it('reads the time of day once a second', () => {
    const clock = new FakeClock()
    let reads = 0
    const wallMs = clock.wallMs.bind(clock)
    clock.wallMs = () => {
      reads++
      return wallMs()
    }
    const date = new DateField(clock)
    for (let n = 0; n < 10; n++) date.value()
    expect(reads).toBe(1)
  })
})
