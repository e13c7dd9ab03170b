import { vi } from 'vitest'

/** Resolves when a check passes; rejects with what it threw last, when it has not for a while. */
export function eventually<T>(check: () => T | Promise<T>, timeout = 3000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 5 })
}
