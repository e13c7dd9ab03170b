import type { Coding } from '#src/response/content-coding.js'
import type { Config } from '#src/server/config/config.js'

/** One request, and what its client knows of the response to expect. */
export type RequestPlan = {
  readonly id: string
  readonly kind: 'file' | 'fixed' | 'malformed' | 'upload' | 'sleep' | 'stream' | 'text' | 'boom'
  readonly method: string
  /** The request target; of kind 'malformed', the whole request. */
  readonly target: string
  readonly minor: 0 | 1
  /** Field lines other than Host and those that follow from the properties below. */
  readonly fieldLines: readonly string[]
  /** Whether the connection must close after the response. */
  readonly closes: boolean
  /** The content that the client sends. */
  readonly content: Uint8Array | undefined
  readonly isChunked: boolean
  readonly expectsContinue: boolean
  /** The file that the request reads or writes; empty if there is none. */
  readonly path: string
  readonly acceptEncoding: string | undefined
  readonly range: string | undefined
  readonly condition: Condition | undefined
  /** Of kinds 'fixed' and 'malformed': the statuses that are right. */
  readonly statuses: readonly number[]
}

export type Condition = {
  readonly field:
    | 'If-None-Match'
    | 'If-Match'
    | 'If-Range'
    | 'If-Modified-Since'
    | 'If-Unmodified-Since'
  /** 'known': the validator of an earlier response; 'bogus': one that matches no file. */
  readonly value: 'known' | 'bogus' | '*'
}

/** How a client behaves. Times are in microseconds. */
export type ClientPlan = {
  readonly id: string
  readonly connectUs: number
  readonly requests: readonly RequestPlan[]
  /** Whether it sends a request before it has the response to the one before. */
  readonly isPipelined: boolean
  readonly chunkBytesMax: number
  readonly gapUs: number
  /** After this many bytes it sends nothing for this long. */
  readonly stall: { readonly afterBytes: number; readonly us: number } | undefined
  /** How it leaves: when it has sent everything, or after a number of bytes. */
  readonly end:
    | { readonly kind: 'half-close' | 'close' | 'stay' }
    | { readonly kind: 'reset'; readonly afterBytes: number; readonly us: number }
  readonly reader: {
    /** The size of the kernel's buffers between server and client. */
    readonly kernelBytes: number
    readonly bytes: number
    readonly everyUs: number
    readonly stall: { readonly afterBytes: number; readonly us: number } | undefined
  }
  /** What the server's transport is like, and how it writes. */
  readonly transport: TransportKind
  readonly seed: number
}

/**
 * A raw handle; or a socket that writes through its stream, or past it when it can, or now so and
 * then so.
 */
export type TransportKind = 'raw' | 'stream' | 'direct' | 'mixed'

/** A change to a file while the server runs. */
export type ChangePlan = {
  readonly id: string
  readonly atUs: number
  readonly path: string
  readonly kind:
    | 'replace'
    | 'rewrite'
    | 'same size'
    /** The same size, and then the old mtime. */
    | 'put back'
    | 'grow'
    | 'truncate'
    | 'remove'
    | 'touch'
    /** Another mode: only the ctime changes. */
    | 'chmod'
  readonly bytes: number
  readonly seed: number
}

/** Makes the nth operation of a name fail, read short, or complete late. */
export type FaultPlan = {
  readonly id: string
  readonly operation: string
  readonly nth: number
  readonly code: 'EIO' | 'EMFILE' | 'ENOENT' | 'short' | 'late'
}

/** 'stall': the process is suspended for a time; 'wall': the wall clock is set. */
export type ClockJumpPlan = { readonly id: string; readonly atUs: number } & (
  | { readonly kind: 'stall'; readonly us: number }
  | { readonly kind: 'wall'; readonly ms: number }
)

/** Everything that a seed decides. */
export type Scenario = {
  readonly seed: number
  readonly config: Config
  readonly codings: readonly Coding[]
  /** The resolution of the file system's times. */
  readonly granularityMs: number
  /** The longest time that an operation takes if no fault makes it late. */
  readonly operationUsMax: number
  readonly files: readonly {
    readonly path: string
    readonly bytes: Uint8Array
    readonly ageMs: number
  }[]
  readonly clients: readonly ClientPlan[]
  readonly changes: readonly ChangePlan[]
  readonly faults: readonly FaultPlan[]
  readonly clockJumps: readonly ClockJumpPlan[]
  readonly drain: { readonly id: 'drain'; readonly atUs: number } | undefined
}

/** The ids of the parts of a scenario that can be left out, large parts first. */
export function partIdsOf({ clients, changes, faults, clockJumps, drain }: Scenario): string[] {
  const requests = clients.flatMap(client => client.requests)
  return [
    ...clients,
    ...changes,
    ...faults,
    ...clockJumps,
    ...(drain ? [drain] : []),
    ...requests,
  ].map(({ id }) => id)
}

/** The scenario without the parts of these ids. */
export function withoutParts(scenario: Scenario, ids: ReadonlySet<string>): Scenario {
  const remains = ({ id }: { readonly id: string }): boolean => !ids.has(id)
  const { clients, changes, faults, clockJumps, drain } = scenario
  return {
    ...scenario,
    clients: clients
      .filter(remains)
      .map(client => ({ ...client, requests: client.requests.filter(remains) })),
    changes: changes.filter(remains),
    faults: faults.filter(remains),
    clockJumps: clockJumps.filter(remains),
    drain: drain && remains(drain) ? drain : undefined,
  }
}
