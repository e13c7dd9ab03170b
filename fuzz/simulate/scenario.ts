import type { Coding } from '#src/response/content-coding.js'
import type { Config } from '#src/server/config/settings.js'

/** One request, and what its client knows of the answer. */
export type RequestPlan = {
  readonly id: string
  readonly kind: 'file' | 'fixed' | 'malformed' | 'upload' | 'sleep' | 'stream' | 'text' | 'boom'
  readonly method: string
  readonly target: string
  readonly minor: 0 | 1
  /** Field lines beside Host, the framing and the condition. */
  readonly lines: readonly string[]
  /** Whether no request follows it. */
  readonly closes: boolean
  /** Content that it brings. */
  readonly content: Uint8Array | undefined
  readonly isChunked: boolean
  readonly expectsContinue: boolean
  /** Of the file that it is about. */
  readonly path: string
  readonly acceptEncoding: string | undefined
  readonly range: string | undefined
  readonly condition: Condition | undefined
  /** Of kind 'fixed' and 'malformed': what it may be answered with. */
  readonly statuses: readonly number[]
}

export type Condition = {
  readonly field: 'If-None-Match' | 'If-Match' | 'If-Range' | 'If-Modified-Since'
  /** What was learnt of the file from an answer before, or what nothing matches, or what all does. */
  readonly value: 'learnt' | 'bogus' | '*'
}

/** How a client behaves. Times are in microseconds. */
export type ClientPlan = {
  readonly id: string
  readonly connectUs: number
  readonly requests: readonly RequestPlan[]
  /** Whether it sends the next request before it has the answer to the last. */
  readonly isPipelined: boolean
  readonly chunkBytesMax: number
  readonly gapUs: number
  /** After so many bytes it sends nothing for so long. */
  readonly stall: { readonly afterBytes: number; readonly us: number } | undefined
  /** What it does when it has sent all, or at some byte. */
  readonly end:
    | { readonly how: 'half-close' | 'close' | 'stay' }
    | { readonly how: 'reset'; readonly afterBytes: number; readonly us: number }
  readonly reader: {
    readonly kernelBytes: number
    readonly bytes: number
    readonly everyUs: number
    readonly stall: { readonly afterBytes: number; readonly us: number } | undefined
  }
  /** Of writes, how many go past the stream. */
  readonly directly: number
  readonly seed: number
}

export type ChangePlan = {
  readonly id: string
  readonly atUs: number
  readonly path: string
  readonly how: 'replace' | 'rewrite' | 'same size' | 'grow' | 'truncate' | 'remove' | 'touch'
  readonly bytes: number
  readonly seed: number
}

/** Work that fails, or does so late, by its number among its kind. */
export type FaultPlan = {
  readonly id: string
  readonly what: string
  readonly nth: number
  readonly code: 'EIO' | 'EMFILE' | 'ENOENT' | 'short' | 'late'
}

export type JumpPlan = { readonly id: string; readonly atUs: number } & (
  | { readonly kind: 'stall'; readonly us: number }
  | { readonly kind: 'wall'; readonly ms: number }
)

/** All that a seed decides. */
export type Scenario = {
  readonly seed: number
  readonly config: Config
  readonly codings: readonly Coding[]
  readonly granularityMs: number
  /** Work takes up to so long. */
  readonly workUsMax: number
  readonly files: readonly {
    readonly path: string
    readonly bytes: Uint8Array
    readonly ageMs: number
  }[]
  readonly clients: readonly ClientPlan[]
  readonly changes: readonly ChangePlan[]
  readonly faults: readonly FaultPlan[]
  readonly jumps: readonly JumpPlan[]
  readonly drain: { readonly id: 'drain'; readonly atUs: number } | undefined
}

/** The parts of a scenario that it may go without. */
export function partsOf({ clients, changes, faults, jumps, drain }: Scenario): string[] {
  const requests = clients.flatMap(client => client.requests.map(({ id }) => id))
  const others = [...changes, ...faults, ...jumps, ...(drain ? [drain] : [])].map(({ id }) => id)
  return [...clients.map(({ id }) => id), ...others, ...requests]
}

/** The scenario without some of its parts. */
export function without(scenario: Scenario, parts: ReadonlySet<string>): Scenario {
  const stays = ({ id }: { readonly id: string }): boolean => !parts.has(id)
  const { clients, changes, faults, jumps, drain } = scenario
  return {
    ...scenario,
    clients: clients
      .filter(stays)
      .map(client => ({ ...client, requests: client.requests.filter(stays) })),
    changes: changes.filter(stays),
    faults: faults.filter(stays),
    jumps: jumps.filter(stays),
    drain: drain && stays(drain) ? drain : undefined,
  }
}
