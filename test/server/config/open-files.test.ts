import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { fdBudget, openFilesSoftLimit } from '../../../src/server/config/open-files.ts'

/** Descriptors that Node, a listener and some folders use. */
const RESERVED = 32

describe('fdBudget', () => {
  it.each([
    [1_048_576, { all: 1_048_512, connections: 1_048_448, rejected: 32 }],
    [1024, { all: 960, connections: 896, rejected: 32 }],
    [256, { all: 192, connections: 144, rejected: 32 }],
    [64, { all: 24, connections: 18, rejected: 8 }],
    [48, { all: 10, connections: 7, rejected: 6 }],
  ])('divides %d descriptors', (limit, budget) => {
    expect(fdBudget(limit)).toEqual(budget)
    expect(RESERVED + budget.all + budget.rejected).toBeLessThanOrEqual(limit)
  })

  it('keeps a minimum of each part when the limit is too low', () => {
    expect(fdBudget(0)).toEqual({ all: 2, connections: 1, rejected: 1 })
  })

  it('is unlimited when the limit is', () => {
    expect(fdBudget(Number.POSITIVE_INFINITY).connections).toBe(Number.POSITIVE_INFINITY)
  })
})

it('openFilesSoftLimit agrees with the shell', () => {
  const limit = execFileSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' }).trim()
  expect(openFilesSoftLimit()).toBe(
    limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit),
  )
})
