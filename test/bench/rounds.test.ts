import { describe, expect, it } from 'vitest'
import { parseCoreList } from '../../bench/server/cores.ts'
import { FULL, QUICK } from '../../bench/server/index.ts'
import { parseStat } from '../../bench/server/process-usage.ts'
import { planOf, resultsOf, roundOrder, unsaturatedNote } from '../../bench/server/rounds.ts'
import { WORKLOADS } from '../../bench/server/workloads.ts'

type Schedule = { readonly rounds: number; readonly seconds: number }

describe('roundOrder', () => {
  it('goes forwards and backwards, then begins one contender later', () => {
    const rounds = [0, 1, 2, 3, 4, 8].map(round => roundOrder(['a', 'b', 'c'], round).join(''))
    expect(rounds).toEqual(['abc', 'cba', 'bca', 'acb', 'cab', 'bca'])
    expect(roundOrder([], 3)).toEqual([])
  })
})

describe('workloads', () => {
  it('have different names, and compare with their own contenders', () => {
    expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(WORKLOADS.length)
    for (const { contenders, quick, ours = 'statewire', measures } of WORKLOADS) {
      expect(contenders).toContain(ours)
      expect(contenders).toEqual(expect.arrayContaining([...quick]))
      for (const { comparedWith } of measures)
        expect(contenders).toEqual(expect.arrayContaining([...comparedWith]))
    }
  })

  it('take less than three minutes in a quick run, and less than fifty in a full one', () => {
    const minutes = (contenders: 'quick' | 'contenders', { rounds, seconds }: Schedule): number =>
      WORKLOADS.reduce(
        (sum, one) => sum + planOf(one, one[contenders].length, rounds, seconds).seconds,
        0,
      ) / 60
    expect(minutes('quick', QUICK)).toBeLessThan(3)
    expect(minutes('contenders', FULL)).toBeLessThan(50)
  })
})

describe('the results of a workload', () => {
  const workload = WORKLOADS.find(({ name }) => name === '1 KiB file, 64 connections')!
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
  const [rates, cpu] = resultsOf(workload, contenders, samples, '')

  it('are one per measure, with ratios of contenders that have samples', () => {
    expect(rates).toMatchObject({
      suite: 'server',
      workload: workload.name,
      unit: 'requests/s',
      better: 'more',
    })
    expect(rates?.ratios).toEqual([
      { numerator: 'statewire', denominator: 'nginx', values: [2, 3] },
    ])
    expect(cpu?.ratios).toEqual([
      { numerator: 'statewire', denominator: 'nginx', values: [0.5, 0.5] },
    ])
  })

  it('leave out failed contenders, and have other medians only once', () => {
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

describe('unsaturatedNote', () => {
  it('names the servers that did not use their core', () => {
    const busy = (...values: readonly number[]) => values.map(value => ({ 'cores busy': value }))
    const samples = new Map([
      ['statewire', busy(1, 0.99, 0.5)],
      ['nginx', busy(0.3, 0.9, 0.35)],
    ])
    expect(unsaturatedNote(samples)).toContain('limited nginx (0.35 of its core);')
    expect(unsaturatedNote(new Map([['statewire', [{ 'requests/s': 5 }]]]))).toBe('')
  })
})

describe('/proc', () => {
  it('may have a process name with brackets and spaces', () => {
    const stat = '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 11 22 3 4 20 0 1 0 100 1000 10'
    expect(parseStat(stat)).toEqual({ parent: 7, userTicks: 14, systemTicks: 26 })
  })

  it('lists cores in ranges', () => {
    expect(parseCoreList('0-2,5')).toEqual([0, 1, 2, 5])
    expect(parseCoreList('3')).toEqual([3])
    expect(parseCoreList('')).toEqual([])
  })
})
