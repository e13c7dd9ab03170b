import { describe, expect, it } from 'vitest'
import { doubling } from '../../bench/micro/doubling.bench.ts'
import { drip } from '../../bench/micro/drip.bench.ts'
import { headParse } from '../../bench/micro/head-parse.bench.ts'
import { targetLines } from '../../bench/report/target-lines.ts'
import { WORKLOADS } from '../../bench/server/workloads.ts'
import {
  FIGURE_TARGETS,
  figureTargetOf,
  TARGETS,
  targetOf,
  targetStatus,
} from '../../bench/targets.ts'
import { resultOf, runOf } from './runs.ts'

const SMALL = { workload: '1 KiB file, 64 connections' } as const
const BROWSER = { workload: 'head parse, 703-byte browser request', unit: 'ns/head' } as const

describe('TARGETS', () => {
  it('names workloads, units and contenders that exist', () => {
    const ratios = [
      ...WORKLOADS.flatMap(({ name, measures, ours = 'statewire' }) =>
        measures.flatMap(({ unit, comparedWith }) =>
          comparedWith.map(denominator => ({ workload: name, unit, numerator: ours, denominator })),
        ),
      ),
      ...[...headParse(), ...drip(), ...doubling()].flatMap(({ name, unit, ratios }) =>
        ratios.map(ratio => ({ workload: name, unit, ...ratio })),
      ),
      { ...BROWSER, numerator: 'statewire', denominator: 'picohttpparser, C, scalar' },
    ]
    const unknown = TARGETS.filter(
      row =>
        !ratios.some(
          ratio =>
            ratio.workload === row.workload &&
            (row.unit ?? ratio.unit) === ratio.unit &&
            (row.numerator ?? ratio.numerator) === ratio.numerator &&
            (row.denominator ?? ratio.denominator) === ratio.denominator,
        ),
    )
    expect(unknown).toEqual([])
  })
})

describe('FIGURE_TARGETS', () => {
  it('names workloads, units and contenders that exist', () => {
    const unknown = FIGURE_TARGETS.filter(
      row =>
        !WORKLOADS.some(
          ({ name, measures, contenders }) =>
            name === row.workload &&
            measures.some(({ unit }) => unit === row.unit) &&
            contenders.includes(row.contender),
        ),
    )
    expect(unknown).toEqual([])
  })

  it('are found by workload, unit and contender', () => {
    const idle = resultOf(
      {},
      { workload: '8000 idle connections', unit: 'KiB resident/connection' },
    )
    expect(figureTargetOf(idle, 'statewire')).toMatchObject({ target: 2.4, stretch: 1.6 })
    expect(figureTargetOf(idle, 'nginx')).toBeUndefined()
    expect(figureTargetOf(resultOf(), 'statewire')).toBeUndefined()
  })
})

describe('targetOf', () => {
  const find = (result: ReturnType<typeof resultOf>, node = 'v20.20.2') =>
    targetOf(result, result.ratios[0]!, node)

  it('finds the target by workload, unit and contenders', () => {
    expect(find(resultOf({}, SMALL))).toMatchObject({ target: 1.3, stretch: 1.5 })
    expect(find(resultOf({}, { ...SMALL, unit: 'p99 ms' }))).toBeUndefined()
    expect(find(resultOf({}, SMALL, { denominator: 'serve' }))).toBeUndefined()
    expect(find(resultOf())).toBeUndefined()
  })

  it('depends on the version of Node for built-in parsers', () => {
    const result = resultOf({}, BROWSER, { numerator: "Node's llhttp binding" })
    expect(find(result)).toMatchObject({ target: 1.5, stretch: 2 })
    expect(find(result, 'v26.10.0')).toBeUndefined()
  })
})

describe('targetStatus', () => {
  const status = (better: 'more' | 'less', target?: number, stretch?: number): string => {
    const result = resultOf({}, { better })
    return targetStatus(result.ratios[0]!.values, better, {
      ...(target === undefined ? {} : { target }),
      ...(stretch === undefined ? {} : { stretch }),
    })
  }

  it('is that of the median, which is 2 here', () => {
    expect(status('more', 1.2, 1.9)).toBe('stretch')
    expect(status('more', 1.2, 2.5)).toBe('target')
    expect(status('more', 2.1, 2.5)).toBe('short')
    expect(status('less', 2.5, 2.1)).toBe('stretch')
    expect(status('less', 2.5, 1.5)).toBe('target')
    expect(status('less', 1.5, 1)).toBe('short')
  })

  it('is none without a target', () => {
    expect(status('more')).toBe('none')
    expect(status('more', undefined, 3)).toBe('none')
  })
})

describe('targetLines', () => {
  it('compares each ratio that has a target, and counts', () => {
    const run = runOf(resultOf({}, SMALL), resultOf({}, SMALL, { denominator: 'sirv' }), resultOf())
    expect(targetLines(run).map(line => line.replace(/[\u00a0\u202f]/g, ' '))).toEqual([
      '1 KiB file, 64 connections, requests/s: statewire / nginx 2.00 × (1.99–2.01), target ≥ 1.3, stretch ≥ 1.5: stretch target met',
      '1 KiB file, 64 connections, requests/s: statewire / sirv 2.00 × (1.99–2.01), target ≥ 12, stretch ≥ 15: short of target',
      '',
      '1 of 2 targets are met.',
    ])
    expect(targetLines(runOf(resultOf()))).toEqual([])
  })

  it('compares the figures that have a target', () => {
    const idle = resultOf(
      { ours: [2, 2.5, 2.2] },
      { workload: '8000 idle connections', unit: 'KiB resident/connection', better: 'less' },
      { denominator: 'nginx' },
    )
    expect(targetLines(runOf(idle)).map(line => line.replace(/[\u00a0\u202f]/g, ' '))).toEqual([
      '8000 idle connections, KiB resident/connection: statewire 2.20 (2.00–2.50), target ≤ 2.4, stretch ≤ 1.6: target met',
      '',
      '1 of 1 targets are met.',
    ])
  })
})
