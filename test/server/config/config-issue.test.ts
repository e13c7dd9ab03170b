import { describe, expect, it } from 'vitest'
import { formatIssue, nearest } from '../../../src/server/config/config-issue.ts'

describe('formatIssue', () => {
  it('escapes line ends and terminal controls', () => {
    expect(
      formatIssue({ location: '--port', value: 'a\nb\x1b[31m\u2028', message: 'must be 1' }),
    ).toBe('--port a\\u000ab\\u001b[31m\\u2028: must be 1')
  })

  it('clips long values', () => {
    const text = formatIssue({ location: '--port', value: 'x'.repeat(101), message: 'must be 1' })
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
  ])('%j: %j', (misspelt, expected) => {
    expect(nearest(misspelt, names)).toBe(expected)
  })
})
