import { describe, expect, it } from 'vitest'
import { Corpus } from '../../../fuzz/runner/corpus.ts'
import { ALL_EDGES } from '../../../fuzz/runner/step.ts'
import { markdownCases } from '../../parser/markdown-cases.ts'

const bytes = (text: string) => Uint8Array.from(text, char => char.charCodeAt(0))

describe('Corpus', () => {
  it('keeps a wire that takes a new step, as far as the parser read it', () => {
    const corpus = new Corpus()
    expect(corpus.explore(bytes('GET / HTTP/1.1\r\nHost: aa\r\n\r\n'))).toBeDefined()
    expect(corpus.explore(bytes('GET / HTTP/1.1\r\nHost: aa\r\n\r\n'))).toBeUndefined()
    expect(corpus.explore(bytes('GET / HTTP/1.1\r\nHost: aaa\r\n\r\n'))).toBeUndefined()
    expect(corpus.explore(bytes('GET / HTTP/1.1\r\nHost: \0a\r\n\r\n'))?.wire).toEqual(
      bytes('GET / HTTP/1.1\r\nHost: \0'),
    )
    expect(corpus.wires).toHaveLength(2)
  })

  it('adds the discoveries of another corpus', () => {
    const [one, other] = [new Corpus(), new Corpus()]
    const discovery = one.explore(bytes('GET / HTTP/1.1\r\n'))!
    expect(other.add(discovery)).toBe(true)
    expect(other.add(discovery)).toBe(false)
    expect(other.explore(discovery.wire)).toBeUndefined()
    expect(other.edgesReached).toBe(one.edgesReached)
  })

  it("reaches every edge, and no others, with the parser's test cases", () => {
    const corpus = new Corpus()
    for (const [, cases] of markdownCases())
      for (const { wire } of cases)
        for (let length = 0; length <= Math.min(wire.length, 300); length++)
          corpus.explore(wire.subarray(0, length))
    expect(corpus.edgesMissing).toEqual([])
    expect(corpus.edgesReached).toBe(ALL_EDGES.length)
  })
})
