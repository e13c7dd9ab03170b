import { describe, expect, it } from 'vitest'
import { parseCoreList } from '../../bench/server/cores.ts'
import { FULL, QUICK } from '../../bench/server/index.ts'
import { parseStat } from '../../bench/server/process-figures.ts'
import { orderOf, planOf, resultsOf } from '../../bench/server/rounds.ts'
import { ROWS } from '../../bench/server/rows.ts'

type Pace = { readonly rounds: number; readonly seconds: number }

describe('the order of a round', () => {
  it('goes there and back, then begins one further', () => {
    const rounds = [0, 1, 2, 3, 4, 8].map(round => orderOf(['a', 'b', 'c'], round).join(''))
    expect(rounds).toEqual(['abc', 'cba', 'bca', 'acb', 'cab', 'bca'])
    expect(orderOf([], 3)).toEqual([])
  })
})

describe('the works', () => {
  it('have names of their own, and compare with who takes part only', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length)
    for (const { contenders, quick, ours = 'statewire', claims } of ROWS) {
      expect(contenders).toContain(ours)
      expect(contenders).toEqual(expect.arrayContaining([...quick]))
      for (const { beside } of claims)
        expect(contenders).toEqual(expect.arrayContaining(beside.map(({ to }) => to)))
    }
  })

  it('take about two minutes in a quick run, and about twenty in a full one', () => {
    const minutes = (contenders: 'quick' | 'contenders', { rounds, seconds }: Pace): number =>
      ROWS.reduce(
        (sum, row) => sum + planOf(row, row[contenders].length, rounds, seconds).seconds,
        0,
      ) / 60
    expect(minutes('quick', QUICK)).toBeLessThan(2.5)
    expect(minutes('contenders', FULL)).toBeLessThan(22)
  })
})

describe('the results of a row', () => {
  const row = ROWS.find(({ name }) => name === '1 KiB file, 64 connections')!
  const contenders = ['statewire', 'nginx', 'Bun'].map(name => ({
    name,
    version: '1',
    command: () => [],
  }))
  const sample = (rate: number, cpu: number) => ({
    'requests/s': rate,
    'µs CPU/request': cpu,
    'p99 ms': rate / 100,
  })
  const samples = new Map([
    ['statewire', [sample(200, 8), sample(300, 9)]],
    ['nginx', [sample(100, 16), sample(100, 18)]],
  ])
  const [rates, cpu] = resultsOf(row, contenders, samples, '')

  it('are one for each claim, with ratios of what was measured on both sides', () => {
    expect(rates).toMatchObject({
      part: 'server',
      work: row.name,
      unit: 'requests/s',
      better: 'more',
    })
    expect(rates?.ratios).toEqual([
      { of: 'statewire', to: 'nginx', must: 1.2, reach: 1.4, values: [2, 3] },
    ])
    expect(cpu?.ratios).toEqual([{ of: 'statewire', to: 'nginx', values: [0.5, 0.5] }])
  })

  it('leave out who failed, and tell the medians of all else once', () => {
    expect(rates?.contenders).toEqual([
      {
        name: 'statewire',
        version: '1',
        samples: [200, 300],
        extra: { 'µs CPU/request': 8.5, 'p99 ms': 2.5 },
      },
      {
        name: 'nginx',
        version: '1',
        samples: [100, 100],
        extra: { 'µs CPU/request': 17, 'p99 ms': 1 },
      },
    ])
    expect(cpu?.contenders.map(({ extra }) => extra)).toEqual([undefined, undefined])
  })
})

describe('what /proc says', () => {
  it('is read past a name with brackets and spaces', () => {
    const stat = '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 11 22 3 4 20 0 1 0 100 1000 10'
    expect(parseStat(stat)).toEqual({ parent: 7, userTicks: 14, systemTicks: 26 })
  })

  it('names cores in ranges', () => {
    expect(parseCoreList('0-2,5')).toEqual([0, 1, 2, 5])
    expect(parseCoreList('3')).toEqual([3])
    expect(parseCoreList('')).toEqual([])
  })
})
