import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadline, TimerWheel } from '../../../src/server/connection/timer-wheel.ts'
import { FakeClock } from '../fake-clock.ts'

const TICK_MS = 100

/** Records when it expires. */
class Alarm extends Deadline {
  readonly expiries: number[] = []
  readonly #clock: FakeClock
  readonly #onExpired: () => void

  constructor(clock: FakeClock, onExpired: () => void = () => {}) {
    super()
    this.#clock = clock
    this.#onExpired = onExpired
  }

  override expired(): void {
    this.expiries.push(this.#clock.monotonicMs())
    this.#onExpired()
  }
}

function newWheel() {
  const clock = new FakeClock()
  const wheel = new TimerWheel(clock)
  return { clock, wheel, alarm: (onExpired?: () => void) => new Alarm(clock, onExpired) }
}

describe('TimerWheel', () => {
  it.each([0, 1, 99, 100, 101, 250, 25_500, 25_600, 25_601, 51_200, 75_000, 3_600_000, 86_400_000])(
    'expires a deadline of %d ms once, not early, and at most a tick late, whenever it is set',
    ms => {
      for (const startMs of [0, 1, 50, 99, 100, 25_599, 30_000]) {
        const { clock, wheel, alarm } = newWheel()
        clock.advance(startMs)
        const set = alarm()
        wheel.set(set, ms)
        clock.advance(ms + 60_000)
        expect(set.expiries).toHaveLength(1)
        expect(set.expiries[0]).toBeGreaterThanOrEqual(startMs + ms)
        expect(set.expiries[0]).toBeLessThanOrEqual(startMs + ms + TICK_MS)
      }
    },
  )

  it.each([0, 500, 25_600, 37_176, 1_000_000])(
    'moves a deadline that is set again, and expires it once: %d ms after the start',
    startMs => {
      for (const [first, second] of [
        [1000, 5000],
        [5000, 1000],
        [1000, 26_600],
        [26_600, 1000],
        [13_925, 0],
        [75_000, 10_000],
        [1000, 1000],
        [60_000, 300],
      ] as const) {
        const { clock, wheel, alarm } = newWheel()
        clock.advance(startMs)
        const set = alarm()
        wheel.set(set, first)
        clock.advance(500)
        wheel.set(set, second)
        const dueMs = clock.monotonicMs() + second
        clock.advance(100_000)
        expect(set.expiries, `${first}, ${second}`).toHaveLength(1)
        expect(set.expiries[0], `${first}, ${second}`).toBeGreaterThanOrEqual(dueMs)
        expect(set.expiries[0], `${first}, ${second}`).toBeLessThanOrEqual(dueMs + TICK_MS)
      }
    },
  )

  it('does not expire a deadline that was cleared, unless it is set again', () => {
    const { clock, wheel, alarm } = newWheel()
    const set = alarm()
    wheel.clear(set)
    wheel.set(set, 1000)
    wheel.clear(set)
    wheel.clear(set)
    clock.advance(5000)
    expect(set.expiries).toEqual([])
    wheel.set(set, 1000)
    clock.advance(1200)
    expect(set.expiries).toHaveLength(1)
  })

  it('keeps the other deadlines of a slot, whichever is cleared', () => {
    for (let cleared = 0; cleared < 3; cleared++) {
      const { clock, wheel, alarm } = newWheel()
      const alarms = [alarm(), alarm(), alarm()]
      for (const set of alarms) wheel.set(set, 1000)
      wheel.clear(alarms[cleared]!)
      clock.advance(2000)
      expect(alarms.map(({ expiries }) => expiries.length)).toEqual(
        [0, 1, 2].map(i => Number(i !== cleared)),
      )
    }
  })

  it('allows a deadline that expires to clear and set others of its slot, and itself', () => {
    const { clock, wheel, alarm } = newWheel()
    const alarms: Alarm[] = [1, 2, 3].map(() =>
      alarm(() => {
        for (const other of alarms) wheel.clear(other)
        wheel.set(alarms[0]!, 500)
      }),
    )
    for (const set of alarms) wheel.set(set, 1000)
    clock.advance(1200)
    expect(alarms.flatMap(({ expiries }) => expiries)).toHaveLength(1)
    const [before] = alarms.flatMap(({ expiries }) => expiries)
    clock.advance(600)
    expect(alarms[0]!.expiries.at(-1)).toBeGreaterThanOrEqual(before! + 500)
  })

  it('expires a deadline of 0 ms that was set on expiry at the next tick', () => {
    const { clock, wheel, alarm } = newWheel()
    const second = alarm()
    wheel.set(
      alarm(() => wheel.set(second, 0)),
      1000,
    )
    clock.advance(1400)
    expect(second.expiries).toHaveLength(1)
  })

  it('expires every deadline that is due after the process was busy for many turns', () => {
    const { clock, wheel, alarm } = newWheel()
    const due = [10, 300, 25_600, 60_000].map(ms => {
      const set = alarm()
      wheel.set(set, ms)
      return set
    })
    const later = alarm()
    wheel.set(later, 200_000)
    clock.stall(100_000)
    clock.advance(TICK_MS)
    expect(due.map(({ expiries }) => expiries.length)).toEqual([1, 1, 1, 1])
    expect(later.expiries).toEqual([])
    clock.advance(100_200)
    expect(later.expiries).toHaveLength(1)
  })

  it('does not expire a deadline early that is set after the process was busy', () => {
    const { clock, wheel, alarm } = newWheel()
    const set = alarm()
    clock.stall(15_000)
    wheel.set(set, 10_000)
    clock.advance(9999)
    expect(set.expiries).toEqual([])
    clock.advance(200)
    expect(set.expiries).toHaveLength(1)
  })

  it('does not expire a deadline early that another sets when it expires late', () => {
    const { clock, wheel, alarm } = newWheel()
    const second = alarm()
    wheel.set(
      alarm(() => wheel.set(second, 2000)),
      1000,
    )
    clock.stall(15_000)
    clock.advance(TICK_MS)
    expect(second.expiries).toEqual([])
    clock.advance(2200)
    expect(second.expiries).toHaveLength(1)
  })

  it('runs one timer for all deadlines, and none after stop()', () => {
    const { clock, wheel, alarm } = newWheel()
    for (let i = 0; i < 100; i++) wheel.set(alarm(), i * 100)
    expect(clock.timers).toBe(1)
    wheel.stop()
    expect(clock.timers).toBe(0)
  })

  it('expires what a sorted list would', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant('set' as const), fc.nat(7), duration()) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('clear' as const), fc.nat(7), fc.constant(0)) },
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constant('advance' as const), fc.constant(0), duration()),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('stall' as const), fc.constant(0), duration()) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const { clock, wheel } = newWheel()
        const due = new Map<number, number>()
        /** Ticks may have been missed until then. */
        let busyUntilMs = 0
        const check = (id: number): void => {
          const dueMs = due.get(id)
          expect(dueMs, `${id} is set`).toBeDefined()
          const nowMs = clock.monotonicMs()
          expect(nowMs).toBeGreaterThanOrEqual(dueMs!)
          expect(nowMs).toBeLessThanOrEqual(Math.max(dueMs!, busyUntilMs) + TICK_MS)
          due.delete(id)
        }
        const alarms = Array.from({ length: 8 }, (_, id) => new Alarm(clock, () => check(id)))
        for (const [action, id, ms] of steps) {
          if (action === 'set') {
            wheel.set(alarms[id]!, ms)
            due.set(id, clock.monotonicMs() + ms)
          } else if (action === 'clear') {
            wheel.clear(alarms[id]!)
            due.delete(id)
          } else if (action === 'advance') clock.advance(ms)
          else {
            clock.stall(ms)
            busyUntilMs = clock.monotonicMs()
          }
          if (action !== 'advance') continue
          for (const dueMs of due.values())
            expect(dueMs + TICK_MS).toBeGreaterThan(clock.monotonicMs())
        }
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})

/** Short durations, those of about one turn of the wheel, and long ones. */
function duration(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(400), fc.integer({ min: 25_300, max: 25_900 }), fc.nat(200_000))
}
