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
import type { Workload } from '../../bench/micro/workload.ts'

const WORKLOADS = [
  ...[headParse, drip, doubling, chunkedContent, lookup, dispatch],
  ...[responseHead, httpDate, byteRange, acceptEncoding],
].flatMap(make => make())

const silent = { plan() {}, step() {}, say() {} }
const { signal } = new AbortController()
const SCHEDULE = { rounds: 3, timeMs: 1, warmupMs: 1 }

/** Two contenders that return 5, which is right only if 5 is expected. */
function counting(expected: number): Workload {
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
    ratios: [{ numerator: 'one', denominator: 'other' }],
  }
}

describe.each(WORKLOADS)('$name', ({ contenders, ratios }) => {
  it.each(contenders)(
    'gives the expected result with $name in every run',
    ({ prepare, expected, operations }) => {
      const run = prepare()
      expect([run(), run(), prepare()()]).toEqual([expected, expected, expected])
      expect(operations).toBeGreaterThan(0)
    },
  )

  it('has ratios of its own contenders', () => {
    const names = contenders.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { numerator, denominator } of ratios)
      expect([
        names.includes(numerator),
        names.includes(denominator),
        numerator === denominator,
      ]).toEqual([true, true, false])
  })
})

describe('workloads', () => {
  it('have different names', () => {
    expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(WORKLOADS.length)
  })

  it('dispatch to the same handlers in all ways', () => {
    for (const events of Object.values(ORDERS)) {
      const [first, ...others] = Object.values(DISPATCHES).map(run => run(events))
      expect(others).toEqual([first, first])
      expect(new Set(events).size).toBeGreaterThan(2)
    }
  })

  it('build the same head in all ways', () => {
    for (const fields of HEADS) {
      const [first, ...others] = Object.values(WRITERS).map(write =>
        Buffer.from(write(fields)).toString('latin1'),
      )
      expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\nDate: .*\r\n\r\n$/s)
      expect(others).toEqual([first, first])
    }
  })

  it.each(LOOKUPS)('find the known paths, and only those, with $name', ({ build }) => {
    const paths = ['/a', '/b.js', '/longer/path/to.css']
    const find = build(paths)
    const lookUp = (path: string) => find(Buffer.from(`GET ${path} HTTP/1.1`), 4, 4 + path.length)
    expect([...paths, '/', '/A', '/b.jsx', '/b.j'].map(lookUp)).toEqual([0, 1, 2, -1, -1, -1, -1])
  })

  it('have dates in the three formats', () => {
    expect(Object.values(FORMS).map(([text]) => text)).toEqual([
      'Sat, 31 Jan 2026 12:00:00 GMT',
      'Saturday, 31-Jan-26 12:00:00 GMT',
      'Sat Jan 31 12:00:00 2026',
    ])
  })
})

describe('measure', () => {
  it('takes a sample per round, and computes ratios', async () => {
    const result = await measure(counting(5), SCHEDULE, { signal, progress: silent })
    expect(result.contenders.map(({ samples }) => samples.length)).toEqual([3, 3])
    const [one, other] = result.contenders
    expect(result.ratios).toEqual([
      {
        numerator: 'one',
        denominator: 'other',
        values: one!.samples.map((ns, round) => ns / other!.samples[round]!),
      },
    ])
  })

  it('includes a program in the rounds', async () => {
    let turns = 0
    const program = { name: 'program', time: (timeMs: number) => timeMs + turns++ }
    const ratios = [{ numerator: 'program', denominator: 'one' }]
    const workload = { ...counting(5), programs: [program], ratios }
    const result = await measure(workload, SCHEDULE, { signal, progress: silent })
    expect(result.contenders.map(({ name, samples }) => [name, samples.length])).toEqual([
      ['one', 3],
      ['other', 3],
      ['program', 3],
    ])
    // The first call is the warm-up.
    expect(result.contenders[2]!.samples).toEqual([2, 3, 4])
    expect(result.ratios[0]!.values).toEqual(
      result.contenders[0]!.samples.map((ns, i) => (i + 2) / ns),
    )
  })

  it('rejects if a contender returns something unexpected', async () => {
    await expect(measure(counting(6), SCHEDULE, { signal, progress: silent })).rejects.toThrow(
      'instead of 6',
    )
  })

  it('rejects when it is interrupted', async () => {
    const interrupted = AbortSignal.abort(new Error('interrupted'))
    await expect(
      measure(counting(5), SCHEDULE, { signal: interrupted, progress: silent }),
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

  it('throws for a ratio of an unknown contender', () => {
    const workload: Workload = {
      ...counting(5),
      ratios: [{ numerator: 'one', denominator: 'nobody' }],
    }
    expect(() => resultOf(workload, [[1], [1]])).toThrow('nobody')
  })
})

describe('benchMicro', () => {
  it('runs the named workload, and plans as many steps as it takes', async () => {
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
    expect(results.map(({ workload }) => workload)).toEqual(['Range, parsed'])
    expect(results[0]!.contenders.map(({ samples }) => samples.length)).toEqual([1, 1, 1])
    expect([planned, taken]).toEqual([6, 6])
    expect(omissions.map(({ name }) => name)).toEqual(['picohttpparser, C, scalar'])
  })
})
