import { describe, expect, it } from 'vitest'
import { readCommandLine } from '../../../fuzz/runner/command-line.ts'

const KNOWN = ['total', 'chunking', 'round-trip']

const read = (line: string) => readCommandLine(line.split(' ').filter(Boolean), KNOWN)

describe('readCommandLine', () => {
  it('defaults to a minute of all properties with a new seed', () => {
    const command = read('')
    expect(command).toMatchObject({
      kind: 'search',
      properties: KNOWN,
      ms: 60_000,
      runs: Number.POSITIVE_INFINITY,
      workers: 1,
    })
    expect(command).not.toEqual(read(''))
  })

  it.each([
    ['chunking', { properties: ['chunking'] }],
    ['round-trip total', { properties: ['total', 'round-trip'] }],
    ['--time 10m', { ms: 600_000 }],
    ['--time=1500ms', { ms: 1500 }],
    ['--runs 1e6', { runs: 1_000_000, ms: Number.POSITIVE_INFINITY }],
    ['--runs 20 --time 1h', { runs: 20, ms: 3_600_000 }],
    ['--seed 0', { seed: 0 }],
    ['--seed 4294967295', { seed: 4_294_967_295 }],
    ['--workers 2', { workers: 2 }],
    [
      'chunking --time 10m --seed 42 --runs 1e6 --workers 2',
      { properties: ['chunking'], ms: 600_000, seed: 42, runs: 1e6, workers: 2 },
    ],
    ['--replay a/b.json', { kind: 'replay', file: 'a/b.json' }],
    ['--help', { kind: 'help' }],
    ['-h --bogus', { kind: 'help' }],
  ])('%s', (line, expected) => {
    expect(read(line)).toMatchObject(expected)
  })

  it.each([
    [
      'chunkin',
      ['PROPERTY chunkin: must be one of total, chunking, round-trip; did you mean chunking?'],
    ],
    ['--time 60', ['--time 60: must be a time with its unit: 30s, 10m, 1h']],
    ['--time 0s', ['--time 0s: must be a time with its unit: 30s, 10m, 1h']],
    ['--time', ['--time: must be a time with its unit: 30s, 10m, 1h']],
    ['--runs 0', ['--runs 0: must be a whole number from 1: 5000, 1e6']],
    ['--runs 1.5', ['--runs 1.5: must be a whole number from 1: 5000, 1e6']],
    ['--runs 1e99', ['--runs 1e99: must be a whole number from 1: 5000, 1e6']],
    ['--seed 4294967296', ['--seed 4294967296: must be a whole number up to 4294967295']],
    ['--workers 0', ['--workers 0: must be a whole number from 1 to 256']],
    ['--replay', ['--replay: must be a file']],
    [
      '--replay a --seed 1',
      ['--replay: replays one input and cannot be combined with other arguments'],
    ],
    [
      '--sed=1 --time x what',
      [
        '--sed 1: there is no such option, only --time, --runs, --seed, --workers, --replay, --help; did you mean --seed?',
        '--time x: must be a time with its unit: 30s, 10m, 1h',
        'PROPERTY what: must be one of total, chunking, round-trip',
      ],
    ],
  ])('reports %s, with what is allowed', (line, problems) => {
    expect(read(line)).toEqual({ kind: 'invalid', problems })
  })
})
