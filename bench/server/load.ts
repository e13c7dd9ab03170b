import type { Contender } from './contenders.ts'
import type { Cores } from './cores.ts'
import type { Server } from './servers.ts'
import type { Site } from './site.ts'

/** What all rounds of all works share. */
export type Stage = {
  readonly site: Site
  readonly cores: Cores
  readonly signal: AbortSignal
  /** How long one load lasts. */
  readonly seconds: number
  readonly programs: Programs
}

/** What makes the load; undefined where it is not installed. */
export type Programs = {
  readonly wrk: string | undefined
  readonly fixedRate: string | undefined
  readonly h2load: string | undefined
}

/** What one round of one contender gave, by measure: `requests/s`, `p99 ms`. */
export type Sample = Readonly<Record<string, number>>

/** One kind of work for a server. */
export type Load = KeptLoad | FreshLoad

type Work = {
  /** About how long a round of one contender takes beyond the load itself. */
  readonly overheadSeconds: number
  /** How long the load lasts, where that is not the stage's to say. */
  readonly seconds?: number
  /** What is missing to do it at all, and how to have it. */
  readonly missing: (programs: Programs) => string | undefined
}

/** One server serves all rounds: it has been warmed up when they begin. */
export type KeptLoad = Work & {
  readonly kind: 'kept'
  /** Throws where a server does not answer as it should; the load would measure errors. */
  readonly check: (server: Server) => Promise<void>
  /** Before the first round; gives a word on how it is measured, where there is one. */
  readonly prepare?: (servers: readonly Server[], stage: Stage) => Promise<string>
  readonly warmUp: (server: Server, stage: Stage) => Promise<void>
  readonly measure: (server: Server, stage: Stage) => Promise<Sample>
}

/** Every round starts a server of its own. */
export type FreshLoad = Work & {
  readonly kind: 'fresh'
  readonly measure: (contender: Contender, stage: Stage) => Promise<Sample>
}
