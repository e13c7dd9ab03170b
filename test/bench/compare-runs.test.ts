import { describe, expect, it } from 'vitest'
import { compareRuns } from '../../bench/report/compare-runs.ts'
import { resultOf, runOf } from './runs.ts'

const FASTER = [400, 420, 380, 410, 390]
const verdictsOf = (...runs: Parameters<typeof compareRuns>): Record<string, string> =>
  Object.fromEntries(compareRuns(...runs).map(({ name, verdict }) => [name, verdict]))

describe('compareRuns', () => {
  it('separates differences from noise, ratios first', () => {
    const differences = compareRuns(runOf(resultOf()), runOf(resultOf({ ours: FASTER })))
    expect(differences.map(({ name, isRatio, verdict }) => [name, isRatio, verdict])).toEqual([
      ['statewire / nginx', true, 'better'],
      ['statewire', false, 'better'],
      ['nginx', false, 'noise'],
    ])
    expect(differences[1]).toMatchObject({ before: 200, after: 400, change: 1 })
  })

  it('considers a higher figure worse if less is better', () => {
    const less = { better: 'less' } as const
    expect(
      verdictsOf(runOf(resultOf({}, less)), runOf(resultOf({ ours: FASTER }, less))),
    ).toMatchObject({
      'statewire / nginx': 'worse',
      statewire: 'worse',
    })
  })

  it('uses the direction of a ratio that has its own', () => {
    const ratios = [{ numerator: 'nginx', denominator: 'statewire', better: 'more' as const }]
    const before = resultOf(
      {},
      { better: 'less', ratios: ratios.map(one => ({ ...one, values: [2, 2.1, 2.2, 1.9, 2] })) },
    )
    const after = resultOf(
      {},
      { better: 'less', ratios: ratios.map(one => ({ ...one, values: [3, 3.1, 3.2, 2.9, 3] })) },
    )
    expect(verdictsOf(runOf(before), runOf(after))).toMatchObject({ 'nginx / statewire': 'better' })
  })

  it('finds that three rounds are too few, however far apart', () => {
    const [before, after] = [resultOf({ ours: [1, 1, 1] }), resultOf({ ours: [9, 9, 9] })]
    expect(verdictsOf(runOf(before), runOf(after)).statewire).toBe('too few rounds')
  })

  it('finds noise in rounds that overlap, even if their medians differ', () => {
    const shifted = resultOf({ ours: [205, 215, 195, 210, 200] })
    expect(verdictsOf(runOf(resultOf()), runOf(shifted)).statewire).toBe('noise')
  })

  it('leaves out whatever only one run measured', () => {
    const other = resultOf({}, { workload: 'something else' })
    expect(compareRuns(runOf(resultOf()), runOf(other))).toEqual([])
    expect(compareRuns(runOf(resultOf()), runOf(resultOf({}, { unit: 'p99 ms' })))).toEqual([])
    expect(verdictsOf(runOf(resultOf()), runOf(resultOf({ other: [] })))).toEqual({
      statewire: 'noise',
    })
  })
})
