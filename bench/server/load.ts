import type { Contender } from './contender.ts'
import type { Cores } from './cores.ts'
import type { Site } from './site.ts'
import type { Server } from './start-server.ts'

/** What every round of every workload shares. */
export type LoadContext = {
  readonly site: Site
  readonly cores: Cores
  readonly signal: AbortSignal
  /** How long one load lasts. */
  readonly seconds: number
  readonly programs: Programs
}

/** The programs that generate load; undefined if not installed. */
export type Programs = {
  readonly wrk: string | undefined
  readonly ab: string | undefined
  readonly fixedRate: string | undefined
  readonly h2load: string | undefined
  readonly headRequests: string | undefined
  readonly slowReaders: string | undefined
}

/** The figures of one round of one contender, by unit: `requests/s`, `p99 ms`. */
export type Sample = Readonly<Record<string, number>>

export type Load = WarmServerLoad | ColdServerLoad

type LoadBase = {
  /** Roughly how long a round of one contender takes beyond the load itself. */
  readonly overheadSeconds: number
  /** How long the load lasts, if not as long as the context says. */
  readonly seconds?: number
  /** Says what has to be installed first; undefined if nothing is missing. */
  readonly missing: (programs: Programs) => string | undefined
}

/** One server per contender serves all rounds, after a warm-up. */
export type WarmServerLoad = LoadBase & {
  readonly kind: 'warm'
  /** Whether the server should be the bottleneck. If it is not, the report has a note. */
  readonly saturates: boolean
  /** @throws Error if the server does not respond as expected: the load would measure errors. */
  readonly check: (server: Server) => Promise<void>
  /** Runs before the first round. Returns a note on how it is measured, or an empty string. */
  readonly prepare?: (servers: readonly Server[], context: LoadContext) => Promise<string>
  readonly warmUp: (server: Server, context: LoadContext) => Promise<void>
  readonly measure: (server: Server, context: LoadContext) => Promise<Sample>
}

/** Every round starts a new server. */
export type ColdServerLoad = LoadBase & {
  readonly kind: 'cold'
  readonly measure: (contender: Contender, context: LoadContext) => Promise<Sample>
}
