import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AcceptBurst } from '../../../src/server/transport/accept-burst.ts'

/** Begins a burst, and holds a transport that counts its releases. */
function begin() {
  const burst = new AcceptBurst()
  const held = {
    releases: 0,
    release(): void {
      held.releases++
    },
  }
  burst.begin()
  burst.hold(held)
  return { burst, held }
}

describe('AcceptBurst', () => {
  it('is off until a connection is accepted', () => {
    expect(new AcceptBurst().isOn).toBe(false)
  })

  it('holds transports until a turn accepts nothing, and releases each once', async () => {
    const { burst, held } = begin()
    for (let turn = 0; turn < 5; turn++) {
      await setImmediate()
      expect([burst.isOn, held.releases]).toEqual([true, 0])
      burst.begin()
    }
    await setImmediate()
    await setImmediate()
    expect([burst.isOn, held.releases]).toEqual([false, 1])
    burst.begin()
    await setImmediate()
    await setImmediate()
    expect(held.releases).toBe(1)
  })

  it('releases them after 1024 connections, however many are waiting', async () => {
    const { burst, held } = begin()
    let accepted = 1
    for (; burst.isOn; accepted++) {
      await setImmediate()
      if (burst.isOn) burst.begin()
    }
    expect(held.releases).toBe(1)
    expect(accepted).toBeGreaterThanOrEqual(1024)
    expect(accepted).toBeLessThan(1030)
  })
})
