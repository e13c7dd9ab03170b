/** The time. Node and the simulator implement it. */
export interface Clock {
  /** Whole milliseconds that never decrease, for deadlines and durations. */
  monotonicMs(): number
  /** Milliseconds since 1970 UTC, for Date and logs. */
  wallMs(): number
  /**
   * Calls `tick` about every `ms` milliseconds until the returned function is called. Does not keep
   * the process alive.
   */
  every(ms: number, tick: () => void): () => void
}

export const systemClock: Clock = createSystemClock()

function createSystemClock(): Clock {
  let turnMs = 0
  let isOfThisTurn = false
  const expire = (): void => {
    isOfThisTurn = false
  }
  return {
    // Read once per turn of the event loop: a reading takes 50 ns, and each request needs three.
    monotonicMs() {
      if (!isOfThisTurn) {
        isOfThisTurn = true
        turnMs = Math.floor(performance.now())
        setImmediate(expire)
      }
      return turnMs
    },
    wallMs: () => Date.now(),
    every(ms, tick) {
      const timer = setInterval(tick, ms).unref()
      return () => clearInterval(timer)
    },
  }
}
