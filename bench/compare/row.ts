import type { Profile } from './contender.ts'
import { inWords, type Reply } from './reply.ts'

/** `none`: the server does not offer the feature that the row checks. */
export type Verdict = 'pass' | 'fail' | 'none'

export type RowResult = {
  readonly verdict: Verdict
  /** The response in a few words, or the reason why the feature is not offered. */
  readonly observed: string
}

/** What a row can do with a running server. */
export type RowContext = {
  readonly root: string
  readonly send: (request: string) => Promise<Reply>
  readonly sendAndDisconnect: (request: string) => Promise<boolean>
  readonly sendAndStall: (request: string, meanwhile: () => Promise<void>) => Promise<Reply>
  readonly pause: (ms: number) => Promise<void>
  /** Returns false if the server does not start again. */
  readonly restart: () => Promise<boolean>
  /** How many files below the root the server has open. */
  readonly openFileCount: () => number
  readonly log: () => string
}

/** One expected behaviour. */
export type Row = {
  readonly title: string
  /** The section that requires it, or a report of a server without it. */
  readonly reference: string
  readonly profile: Profile
  readonly check: (context: RowContext) => Promise<RowResult>
  /** Whether the server has to be restarted before the next row. */
  readonly needsFreshServer?: boolean
}

export type Group = { readonly name: string; readonly rows: readonly Row[] }

/** A row that needs nothing but its check. */
export function row(
  title: string,
  reference: string,
  check: Row['check'],
  profile: Profile = 'site',
): Row {
  return { title, reference, profile, check }
}

export function rowResult(passes: boolean, observed: string): RowResult {
  return { verdict: passes ? 'pass' : 'fail', observed }
}

/** A check of one request. The named fields are included in what was observed. */
export function expectResponse(
  request: string,
  expected: (reply: Reply) => boolean,
  ...names: readonly string[]
): Row['check'] {
  return async ({ send }) => {
    const reply = await send(request)
    return rowResult(expected(reply), inWords(reply, ...names))
  }
}

/** A check of several requests, which reports the first unexpected response. */
export function expectEachResponse(
  requests: readonly string[],
  expected: (reply: Reply) => boolean,
  ...names: readonly string[]
): Row['check'] {
  return async ({ send }) => {
    for (const request of requests) {
      const reply = await send(request)
      if (!expected(reply))
        return rowResult(false, `\`${targetOf(request)}\`: ${inWords(reply, ...names)}`)
    }
    return rowResult(true, `${requests.length} requests`)
  }
}

function targetOf(request: string): string {
  const [, target = ''] = request.split(' ')
  return target.length > 60 ? `${target.slice(0, 57)}…` : target
}
