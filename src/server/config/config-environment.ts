import type { Address } from './address.ts'

/** What the configuration depends on, other than its sources. */
export type ConfigEnvironment = {
  /** The working folder. */
  readonly cwd: string
  readonly stdoutIsTerminal: boolean
  /** A function because finding the limit takes milliseconds; called only if a default needs it. */
  readonly openFilesSoftLimit: () => number
  /** Sockets that the process inherited: the listeners if no source gives any. */
  readonly inherited?: readonly Address[]
}
