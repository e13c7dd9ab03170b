import { describe, expect, it } from 'vitest'
import { parseWeight } from '../../src/response/weight.ts'

describe('parseWeight', () => {
  it.each([
    ['q=0', 0],
    ['q=1', 1000],
    ['Q=0.5', 500],
    ['q=0.05', 50],
    ['q=0.005', 5],
    ['q=0.', 0],
    ['q=1.', 1000],
    ['q=1.000', 1000],
  ])('parses %s as %i thousandths', (text, thousandths) => {
    expect(parseWeight(text)).toBe(thousandths)
  })

  it.each([
    '',
    'q',
    'q=',
    'q=2',
    'q=1.001',
    'q=0.0000',
    'q=.5',
    'q=05',
    'q=-0',
    'q=0,5',
    'q=1e0',
    'p=1',
    'q= 1',
    'q=0.5 ',
  ])('refuses %j', text => {
    expect(parseWeight(text)).toBeUndefined()
  })
})
