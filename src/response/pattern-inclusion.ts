import type { PathPattern } from './path-pattern.ts'

/*
 * Whether a pattern matches every path that another matches. Both are automata over characters. All
 * paths of the inner pattern are walked at once, with all the states that the outer pattern may be
 * in. A path that only the inner one accepts refutes it.
 *
 *   state      position in a path                          continues
 *   begin k    at the start of a segment, before the k-th  as text k, or as splat k, or begin k+1
 *              segment of the pattern                      if the k-th is `**`, which may be empty
 *   text k i   after i tokens of the k-th segment          at "/", begin k+1
 *   splat k    within a segment that the k-th, `**`, takes at "/", begin k
 */

/** A character, any one character, or any number of them, within a segment. */
type Token = string | typeof ANY | typeof MANY
const ANY = 0 as const
const MANY = 1 as const

/** Stands for all characters that neither pattern has. No path contains it. */
const OTHER = '\0'
const BEGIN = -1
const SPLAT = -2
/** More pairs of states than patterns of this length have: such patterns are not compared. */
const PAIRS_MAX = 20_000

/** `at` is BEGIN, SPLAT, or how many tokens were taken. */
type State = { readonly segment: number; readonly at: number }

/**
 * Whether `outer` matches every canonical path that `inner` matches. Returns false if that would
 * take too long to find out.
 */
export function includesPattern(outer: PathPattern, inner: PathPattern): boolean {
  const outside = new Automaton(outer)
  const inside = new Automaton(inner)
  const alphabet = new Set([...outside.characters, ...inside.characters, '/', OTHER])
  const seen = new Set<string>()
  const open: [inner: State, outer: readonly State[], isSegmentEmpty: boolean][] = []
  const push = (states: readonly State[], others: readonly State[], isEmpty: boolean): void => {
    for (const state of states) {
      const key = `${keyOf([state])} ${keyOf(others)} ${isEmpty}`
      if (seen.has(key)) continue
      seen.add(key)
      open.push([state, others, isEmpty])
    }
  }
  push(inside.start, outside.start, true)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [state, others, isSegmentEmpty] = next
    if (others.length === 0 || seen.size > PAIRS_MAX) return false
    if (inside.accepts(state) && !others.some(other => outside.accepts(other))) return false
    for (const character of alphabet) {
      // A canonical path has no empty segment but the last.
      if (character === '/' && isSegmentEmpty) continue
      const after = inside.step([state], character)
      if (after.length > 0) push(after, outside.step(others, character), character === '/')
    }
  }
  return true
}

function keyOf(states: readonly State[]): string {
  return states
    .map(({ segment, at }) => `${segment}.${at}`)
    .sort()
    .join()
}

class Automaton {
  /** The tokens of each segment, undefined for `**`. */
  readonly #segments: readonly (readonly Token[] | undefined)[]
  readonly start: readonly State[]

  constructor({ segments }: PathPattern) {
    this.#segments = segments.map((segment): readonly Token[] | undefined => {
      if (segment.kind === 'splat') return undefined
      if (segment.kind === 'capture') return [ANY, MANY]
      const tokens = segment.texts.flatMap((text, at): Token[] => [
        ...(at === 0 ? [] : [MANY]),
        ...text.split(''),
      ])
      // A star alone is a whole segment, which is not empty.
      return tokens.every(token => token === MANY) && tokens.length > 0 ? [ANY, MANY] : tokens
    })
    this.start = this.#close([{ segment: 0, at: BEGIN }])
  }

  get characters(): readonly string[] {
    return this.#segments.flatMap(
      tokens => tokens?.filter((token): token is string => typeof token === 'string') ?? [],
    )
  }

  /** Whether a path may end here. */
  accepts({ segment, at }: State): boolean {
    const tokens = this.#segments[segment]
    const isTaken = at === SPLAT || (at >= 0 && tokens!.slice(at).every(token => token === MANY))
    return isTaken && this.#segments.slice(segment + 1).every(other => other === undefined)
  }

  step(states: readonly State[], character: string): readonly State[] {
    return this.#close(states.flatMap(state => this.#after(state, character)))
  }

  #after({ segment, at }: State, character: string): readonly State[] {
    if (at === BEGIN) return []
    if (at === SPLAT) return [{ segment, at: character === '/' ? BEGIN : SPLAT }]
    const tokens = this.#segments[segment]!
    if (character === '/')
      return tokens.slice(at).every(token => token === MANY)
        ? [{ segment: segment + 1, at: BEGIN }]
        : []
    const token = tokens[at]
    if (token === MANY) return [{ segment, at }]
    return token === ANY || token === character ? [{ segment, at: at + 1 }] : []
  }

  /** Adds the states that are reached without a character. */
  #close(states: readonly State[]): readonly State[] {
    const closed = new Map<string, State>()
    const add = (state: State): void => {
      const key = keyOf([state])
      if (closed.has(key)) return
      closed.set(key, state)
      const { segment, at } = state
      if (segment >= this.#segments.length) return
      const tokens = this.#segments[segment]
      if (at === BEGIN && tokens !== undefined) add({ segment, at: 0 })
      if (at === BEGIN && tokens === undefined) {
        add({ segment, at: SPLAT })
        add({ segment: segment + 1, at: BEGIN })
      }
      if (at >= 0 && tokens![at] === MANY) add({ segment, at: at + 1 })
    }
    for (const state of states) add(state)
    // The start of a segment was only a way to its first states.
    return [...closed.values()].filter(({ at }) => at !== BEGIN)
  }
}
