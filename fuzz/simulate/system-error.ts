/** An error of a system call, as Node creates it. */
export type SystemError = Error & {
  readonly code: string
  /** Whether the scenario demands it: the server may then fail because of it. */
  readonly isInjected: boolean
}

export function systemError(code: string, isInjected = false): SystemError {
  // Errors for missing files are frequent, and their stack traces are of no use.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = Object.assign(new Error(`${code}: simulated`), { code, isInjected })
  Error.stackTraceLimit = stackTraceLimit
  return error
}
