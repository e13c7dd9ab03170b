import type { Profile } from './contender.ts'
import { inWords, type Reply } from './reply.ts'

/** `none`: the server does not have what the row is about, and says nothing wrong. */
export type Outcome = 'pass' | 'fail' | 'none'

export type Verdict = {
  readonly outcome: Outcome
  /** The answer in a few words. */
  readonly seen: string
}

/** What a row may do with a server that runs. */
export type Scene = {
  readonly root: string
  readonly ask: (wire: string) => Promise<Reply>
  readonly askAndLeave: (wire: string) => Promise<boolean>
  readonly askAndStall: (wire: string, meanwhile: () => Promise<void>) => Promise<Reply>
  readonly pause: (ms: number) => Promise<void>
  /** False where it does not come up again. */
  readonly restart: () => Promise<boolean>
  /** Open below the root. */
  readonly descriptors: () => number
  readonly log: () => string
}

export type Row = {
  readonly says: string
  /** Where it stands, or who was hurt by it. */
  readonly source: string
  readonly profile: Profile
  readonly play: (scene: Scene) => Promise<Verdict>
  /** It leaves the server in such a state that the next row needs a new one. */
  readonly spoils?: boolean
}

export type Group = { readonly name: string; readonly rows: readonly Row[] }

export function judge(passes: boolean, seen: string): Verdict {
  return { outcome: passes ? 'pass' : 'fail', seen }
}

/** A row of one request. The fields named are told where the answer is not the one expected. */
export function asked(
  wire: string,
  expected: (reply: Reply) => boolean,
  ...names: readonly string[]
): Row['play'] {
  return async ({ ask }) => {
    const reply = await ask(wire)
    return judge(expected(reply), inWords(reply, ...names))
  }
}

/** A row of several requests, each of which must be answered as expected; the first that is not is told. */
export function askedEach(
  wires: readonly string[],
  expected: (reply: Reply) => boolean,
  ...names: readonly string[]
): Row['play'] {
  return async ({ ask }) => {
    for (const wire of wires) {
      const reply = await ask(wire)
      if (!expected(reply))
        return judge(false, `\`${targetOf(wire)}\`: ${inWords(reply, ...names)}`)
    }
    return judge(true, `${wires.length} requests`)
  }
}

function targetOf(wire: string): string {
  const [, target = ''] = wire.split(' ')
  return target.length > 60 ? `${target.slice(0, 57)}…` : target
}
