import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../src/parser/index.ts'
import { stateOf } from '../../src/parser/request-parser.ts'
import { EDGES } from '../../src/parser/state-edges.ts'
import { type MarkdownCase, markdownCases } from './markdown-cases.ts'

/** Collects the edges that a case takes byte by byte, and with end() after each byte. */
function visitEdges({ wire, limits }: MarkdownCase, visited: Set<string>): void {
  for (let length = 0; length <= wire.length; length++) {
    const parser = new RequestParser(limits)
    for (const byte of wire.subarray(0, length)) {
      const from = stateOf(parser)
      parser.feed(Uint8Array.of(byte))
      let event: Event
      do event = parser.next()
      while (event < Event.NeedMore)
      visited.add(`${from} → ${stateOf(parser)}`)
      if (event !== Event.NeedMore) return
    }
    const from = stateOf(parser)
    parser.end()
    visited.add(`${from} → ${stateOf(parser)}`)
  }
}

describe('EDGES', () => {
  it('are exactly the edges that the cases take', () => {
    const visited = new Set<string>()
    for (const [, cases] of markdownCases()) for (const one of cases) visitEdges(one, visited)
    const declared = new Set(EDGES.map(([from, , to]) => `${from} → ${to}`))
    for (const [from] of EDGES) declared.add(`${from} → FAILED`)
    expect([...visited].sort()).toEqual([...declared].sort())
  })

  it('lead to states that have edges, except CLOSED', () => {
    const from = new Set(EDGES.map(edge => edge[0]))
    expect(EDGES.filter(([, , to]) => to !== 'CLOSED' && !from.has(to))).toEqual([])
  })
})
