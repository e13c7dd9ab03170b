import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { acceptEncoding } from '../../bench/micro/accept-encoding.bench.ts'
import { byteRange } from '../../bench/micro/byte-range.bench.ts'
import { chunkedContent } from '../../bench/micro/chunked-content.bench.ts'
import { DISPATCHES, dispatch, ORDERS } from '../../bench/micro/dispatch.bench.ts'
import { doubling } from '../../bench/micro/doubling.bench.ts'
import { drip } from '../../bench/micro/drip.bench.ts'
import { headParse } from '../../bench/micro/head-parse.bench.ts'
import { FORMS, httpDate } from '../../bench/micro/http-date.bench.ts'
import { benchMicro } from '../../bench/micro/index.ts'
import { LOOKUPS, lookup } from '../../bench/micro/lookup.bench.ts'
import { measure, resultOf } from '../../bench/micro/measure.ts'
import { HEADS, responseHead, WRITERS } from '../../bench/micro/response-head.bench.ts'
import type { Work } from '../../bench/micro/work.ts'

const WORKS = [
  ...[headParse, drip, doubling, chunkedContent, lookup, dispatch],
  ...[responseHead, httpDate, byteRange, acceptEncoding],
].flatMap(make => make())

const silent = { plan() {}, step() {}, say() {} }
const { signal } = new AbortController()
const PACE = { rounds: 3, timeMs: 1, warmupMs: 1 }

/** Two who count, one to twice what the other counts to. */
function counting(expected: number): Work {
  const contender = (name: string, to: number) => ({
    name,
    operations: to,
    expected,
    prepare: () => () => to,
  })
  return {
    name: 'counting',
    unit: 'ns/number',
    contenders: [contender('one', 5), contender('other', 5)],
    ratios: [{ of: 'one', to: 'other', must: 2 }],
  }
}

describe.each(WORKS)('$name', ({ contenders, ratios }) => {
  it.each(contenders)('is done by $name, again and again', ({ prepare, expected, operations }) => {
    const run = prepare()
    expect([run(), run(), prepare()()]).toEqual([expected, expected, expected])
    expect(operations).toBeGreaterThan(0)
  })

  it('has ratios of those who do it', () => {
    const names = contenders.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { of, to } of ratios)
      expect([names.includes(of), names.includes(to), of === to]).toEqual([true, true, false])
  })
})

describe('works', () => {
  it('have names of their own', () => {
    expect(new Set(WORKS.map(({ name }) => name)).size).toBe(WORKS.length)
  })

  it('dispatch to the same in all ways', () => {
    for (const events of Object.values(ORDERS)) {
      const [first, ...others] = Object.values(DISPATCHES).map(run => run(events))
      expect(others).toEqual([first, first])
      expect(new Set(events).size).toBeGreaterThan(2)
    }
  })

  it('write the same head in all ways', () => {
    for (const fields of HEADS) {
      const [first, ...others] = Object.values(WRITERS).map(write =>
        Buffer.from(write(fields)).toString('latin1'),
      )
      expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\nDate: .*\r\n\r\n$/s)
      expect(others).toEqual([first, first])
    }
  })

  it.each(LOOKUPS)('find paths with $name, and none that is not there', ({ build }) => {
    const paths = ['/a', '/b.js', '/longer/path/to.css']
    const find = build(paths)
    const ask = (path: string) => find(Buffer.from(`GET ${path} HTTP/1.1`), 4, 4 + path.length)
    expect([...paths, '/', '/A', '/b.jsx', '/b.j'].map(ask)).toEqual([0, 1, 2, -1, -1, -1, -1])
  })

  it('read dates in their three forms', () => {
    expect(Object.values(FORMS).map(([text]) => text)).toEqual([
      'Sat, 31 Jan 2026 12:00:00 GMT',
      'Saturday, 31-Jan-26 12:00:00 GMT',
      'Sat Jan 31 12:00:00 2026',
    ])
  })
})

describe('measure', () => {
  it('gives a sample a round, and ratios of them', async () => {
    const result = await measure(counting(5), PACE, { signal, progress: silent })
    expect(result.contenders.map(({ samples }) => samples.length)).toEqual([3, 3])
    const [one, other] = result.contenders
    expect(result.ratios).toEqual([
      {
        of: 'one',
        to: 'other',
        must: 2,
        values: one!.samples.map((ns, round) => ns / other!.samples[round]!),
      },
    ])
  })

  it('has a program of its own take its turns', async () => {
    let turns = 0
    const program = { name: 'program', time: (timeMs: number) => timeMs + turns++ }
    const ratios = [{ of: 'program', to: 'one' }]
    const work = { ...counting(5), programs: [program], ratios }
    const result = await measure(work, PACE, { signal, progress: silent })
    expect(result.contenders.map(({ name, samples }) => [name, samples.length])).toEqual([
      ['one', 3],
      ['other', 3],
      ['program', 3],
    ])
    // The first turn is the warm-up's.
    expect(result.contenders[2]!.samples).toEqual([2, 3, 4])
    expect(result.ratios[0]!.values).toEqual(
      result.contenders[0]!.samples.map((ns, i) => (i + 2) / ns),
    )
  })

  it('rejects where a contender has not done its work', async () => {
    await expect(measure(counting(6), PACE, { signal, progress: silent })).rejects.toThrow(
      'in the place of 6',
    )
  })

  it('rejects when it is interrupted', async () => {
    const interrupted = AbortSignal.abort(new Error('interrupted'))
    await expect(
      measure(counting(5), PACE, { signal: interrupted, progress: silent }),
    ).rejects.toThrow('interrupted')
  })
})

describe('resultOf', () => {
  it('divides round by round', () => {
    expect(
      resultOf(counting(5), [
        [2, 9],
        [1, 3],
      ]).ratios[0]!.values,
    ).toEqual([2, 3])
  })

  it('throws for a ratio of one who takes no part', () => {
    const work: Work = { ...counting(5), ratios: [{ of: 'one', to: 'nobody' }] }
    expect(() => resultOf(work, [[1], [1]])).toThrow('nobody')
  })
})

describe('benchMicro', () => {
  it('does what is named, and plans as many steps as it takes', async () => {
    vi.stubEnv('PICOHTTPPARSER', undefined)
    onTestFinished(() => void vi.unstubAllEnvs())
    let planned = 0
    let taken = 0
    const progress = {
      ...silent,
      plan: (steps: number) => (planned += steps),
      step: () => void taken++,
    }
    const { results, omissions } = await benchMicro({
      quick: true,
      only: 'range',
      rounds: 1,
      signal,
      progress,
    })
    expect(results.map(({ work }) => work)).toEqual(['Range, parsed'])
    expect(results[0]!.contenders.map(({ samples }) => samples.length)).toEqual([1, 1, 1])
    expect([planned, taken]).toEqual([6, 6])
    expect(omissions.map(({ name }) => name)).toEqual(['picohttpparser, C, scalar'])
  })
})
