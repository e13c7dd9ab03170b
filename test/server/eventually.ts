import { vi } from 'vitest'

/** Repeats a check until it passes. Rejects with its last error after `timeout` milliseconds. */
export function eventually<T>(check: () => T | Promise<T>, timeout = 3000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 5 })
}
