import { describe, expect, it } from 'vitest'
import { formatIssue, nearest } from '../../../src/server/config/config-issue.ts'

describe('formatProblem', () => {
  it('is one line that does not steer the terminal', () => {
    expect(
      formatIssue({ source: '--port', value: 'a\nb\x1b[31m\u2028', allowed: 'must be 1' }),
    ).toBe('--port a\\u000ab\\u001b[31m\\u2028: must be 1')
  })

  it('clips a long value', () => {
    const text = formatIssue({ source: '--port', value: 'x'.repeat(101), allowed: 'must be 1' })
    expect(text).toBe(`--port ${'x'.repeat(99)}…: must be 1`)
  })
})

describe('nearest', () => {
  const names = ['root', 'port', 'list', 'listeners', 'head-timeout-ms']

  it.each([
    ['prot', 'port'],
    ['PORT', 'port'],
    ['lst', 'list'],
    ['listner', 'listeners'],
    ['headTimeoutMs', 'head-timeout-ms'],
    ['head_timeout', 'head-timeout-ms'],
    ['foo', undefined],
    ['x', undefined],
    ['', undefined],
    ['completely-different', undefined],
  ])('%j means %j', (written, expected) => {
    expect(nearest(written, names)).toBe(expected)
  })
})
