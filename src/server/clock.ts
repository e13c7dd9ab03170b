/** The time, as the server sees it. The simulator has its own. */
export interface Clock {
  /** Milliseconds that only grow; for deadlines and durations. */
  monotonicMs(): number
  /** Milliseconds since 1970 UTC; for Date and the access log. */
  wallMs(): number
  /** Calls `tick` about every so many milliseconds until the returned function is called. Keeps no process alive. */
  every(ms: number, tick: () => void): () => void
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms).unref()
    return () => clearInterval(timer)
  },
}
