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
      suite: 'server',
      workload: '1 KiB file, 64 connections',
      unit: 'requests/s',
      better: 'more',
      contenders: [],
      ratios: [
        { numerator: 'statewire', denominator: 'nginx', values: [2, 3, 4] },
        { numerator: 'statewire', denominator: 'http-server', values: [5] },
      ],
    },
    {
      suite: 'server',
      workload: 'Start-up',
      unit: 'ms to the first response',
      better: 'less',
      contenders: [],
      ratios: [{ numerator: 'statewire', denominator: 'sirv-cli', values: [1.5] }],
    },
  ],
  omissions: [],
}

describe('isWholeRun', () => {
  it('requires all suites, and no quick run', () => {
    const [server] = run.results
    const results = (['server', 'read', 'micro'] as const).map(suite => ({ ...server!, suite }))
    expect(isWholeRun(run)).toBe(false)
    expect(isWholeRun({ ...run, results })).toBe(true)
    expect(isWholeRun({ ...run, results, quick: true })).toBe(false)
  })
})

describe('withFigures', () => {
  const document = [
    'Before.',
    '<!-- measured machine -->\nold\n<!-- end of machine -->',
    'Between.',
    '<!-- measured server --><!-- end of server -->',
    'Between.',
    '<!-- measured summary --><!-- end of summary -->',
    'After.',
  ].join('\n')
  const shown = withFigures(document, run, 'results/it.md')
  const [machine, server, summary] = shown.replaceAll('\u202f', ' ').split('Between.')

  it('replaces the blocks between the comments, and nothing else', () => {
    expect(shown).not.toContain('old')
    expect(shown.startsWith('Before.\n')).toBe(true)
    expect(shown.endsWith('\nAfter.')).toBe(true)
    expect(withFigures(shown, run, 'results/it.md')).toBe(shown)
  })

  it('says when and on which machine it was measured', () => {
    expect(machine).toContain('2026-11-22')
    expect(machine).toContain('A\\_B, 2 cores')
    expect(machine).toContain('[report](results/it.md)')
    expect(summary).toContain('2026-11-22 on\nA\\_B, 2 cores')
  })

  it('shows all ratios of a suite with spread, and no targets', () => {
    expect(server).toContain('statewire / nginx | 3.00 × (2.00–4.00) | higher |')
    expect(server).toContain('statewire / http-server | 5.00 × (5.00–5.00) | higher |')
    expect(server).toContain('statewire / sirv-cli | 1.50 × (1.50–1.50) | lower |')
    expect(server).not.toMatch(/target|≥/)
  })

  it('summarises the medians, with a column for each server', () => {
    expect(summary).toContain('| nginx | Bun | node:http | sirv | serve |')
    expect(summary).toContain(
      '| 1 KiB file, 64 connections, requests/s | more | 3.00 × |  |  |  |  |',
    )
    expect(summary).toContain(
      '| time from start to the first response | less |  |  |  | 1.50 × |  |',
    )
  })

  it('leaves out workloads that were not measured', () => {
    expect(summary).not.toContain('16 KiB file')
    expect(summary).not.toContain('20 000 files')
  })

  it('leaves a document without blocks unchanged', () => {
    expect(withFigures('text <!-- measured server --> text', run, 'x')).toBe(
      'text <!-- measured server --> text',
    )
  })
})

describe('the documents', () => {
  it.each([
    ['README.md', RESULTS],
    ['docs/performance.md', `../${RESULTS}`],
  ])('%s shows the figures of the latest whole run', (file, folder) => {
    const [latest, result] = readdirSync(RESULTS)
      .filter(name => name.endsWith('.json'))
      .sort()
      .map(name => [name, parseRun(readFileSync(`${RESULTS}/${name}`, 'utf8'))] as const)
      .filter(([, run]) => isWholeRun(run))
      .at(-1)!
    const document = readFileSync(file, 'utf8')
    expect(document).toContain('<!-- measured ')
    expect(withFigures(document, result, `${folder}/${latest.replace('.json', '.md')}`)).toBe(
      document,
    )
  })
})
