/** The time, as the server sees it. The simulator has its own. */
export interface Clock {
  /** Whole milliseconds that only grow; for deadlines and durations. */
  monotonicMs(): number
  /** Milliseconds since 1970 UTC; for Date and the access log. */
  wallMs(): number
  /**
   * Calls `tick` about every so many milliseconds until the returned function is called. Keeps no
   * process alive.
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
    // Read once a turn of the event loop, as libuv reads it for its timers: a reading takes 50 ns,
    // and each request needs three.
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
