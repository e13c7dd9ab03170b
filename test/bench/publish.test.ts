import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isWholeRun, withFigures } from '../../bench/report/publish.ts'
import { parseRun, type Run } from '../../bench/report/run.ts'

const RESULTS = 'bench/results'

const run: Run = {
  date: '2026-11-22T13:05:00Z',
  quick: false,
  machine: {
    processor: 'A_B',
    cores: 2,
    memoryGiB: 4,
    system: 'Linux',
    node: 'v20',
    loadBefore: 0.1,
    loadAfter: 1,
  },
  results: [
    {
      part: 'server',
      work: '1 KiB file, 64 connections',
      unit: 'requests/s',
      better: 'more',
      contenders: [],
      ratios: [
        { of: 'ours', to: 'theirs', values: [2, 3, 4], must: 2.5 },
        { of: 'ours', to: 'another', values: [5] },
      ],
    },
  ],
  omissions: [],
}

describe('isWholeRun', () => {
  it('asks for all parts, and no quick run', () => {
    const [server] = run.results
    const results = (['server', 'read', 'micro'] as const).map(part => ({ ...server!, part }))
    expect(isWholeRun(run)).toBe(false)
    expect(isWholeRun({ ...run, results })).toBe(true)
    expect(isWholeRun({ ...run, results, quick: true })).toBe(false)
  })
})

describe('withFigures', () => {
  it('puts the figures between the comments of their name, in the place of those that were there', () => {
    const document = [
      'Before.',
      '<!-- measured asked -->\nold\n<!-- end of asked -->',
      'Between.',
      '<!-- measured small --><!-- end of small -->',
      'After.',
    ].join('\n')
    const shown = withFigures(document, run, 'results/it.md')
    expect(shown).not.toContain('old')
    const [asked, small] = shown.split('Between.')
    expect(asked).toContain('2026-11-22, A\\_B, 2 cores')
    expect(asked).toContain('[All figures](results/it.md)')
    expect(asked).toMatch(/ours \/ theirs \| 3\.00 × \(2\.00–4\.00\) \| ≥ 2\.5 \|/)
    expect(asked).not.toContain('another')
    expect(small).toContain('ours / theirs')
    expect(small).toContain('ours / another')
    expect(shown.startsWith('Before.\n')).toBe(true)
    expect(shown.endsWith('\nAfter.')).toBe(true)
    expect(withFigures(shown, run, 'results/it.md')).toBe(shown)
  })

  it('leaves a document alone that shows none', () => {
    expect(withFigures('text <!-- measured asked --> text', run, 'x')).toBe(
      'text <!-- measured asked --> text',
    )
  })
})

describe('the documents', () => {
  it.each([
    ['README.md', RESULTS],
    ['docs/performance.md', `../${RESULTS}`],
  ])('%s shows the figures of the last whole run', (file, folder) => {
    const [last, result] = readdirSync(RESULTS)
      .filter(name => name.endsWith('.json'))
      .sort()
      .map(name => [name, parseRun(readFileSync(`${RESULTS}/${name}`, 'utf8'))] as const)
      .filter(([, run]) => isWholeRun(run))
      .at(-1)!
    const document = readFileSync(file, 'utf8')
    expect(document).toContain('<!-- measured ')
    expect(withFigures(document, result, `${folder}/${last.replace('.json', '.md')}`)).toBe(
      document,
    )
  })
})
