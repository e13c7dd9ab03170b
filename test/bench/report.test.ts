import { describe, expect, it } from 'vitest'
import { compareRuns } from '../../bench/report/compare-runs.ts'
import { toHtml } from '../../bench/report/html.ts'
import { toMarkdown } from '../../bench/report/markdown.ts'
import { figure, shortFigure } from '../../bench/report/numbers.ts'
import { parseRun } from '../../bench/report/run.ts'
import { targetLines } from '../../bench/report/target-lines.ts'
import { resultOf, runOf } from './runs.ts'

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ')

describe('figures', () => {
  it('have three significant digits', () => {
    const figures = [0, 0.00456789, 0.5, 1, 12.345, 999.4, 1000, 123_456, 1_234_567].map(value =>
      plain(figure(value)),
    )
    expect(figures).toEqual([
      '0',
      '0.00457',
      '0.500',
      '1.00',
      '12.3',
      '999',
      '1 000',
      '123 000',
      '1 230 000',
    ])
    expect(figure(Number.NaN)).toBe('none')
  })

  it('have a shorter form for bars', () => {
    expect([999, 9999, 112_400, 1_200_000].map(value => plain(shortFigure(value)))).toEqual([
      '999',
      '10 000',
      '112 k',
      '1.20 M',
    ])
  })
})

describe('Markdown', () => {
  it('has the ratios without targets, then the figures, best first', () => {
    const run = runOf(resultOf({}, { workload: '1 KiB file, 64 connections' }))
    const text = plain(toMarkdown(run))
    expect(text).toContain(
      '| 1 KiB file, 64 connections, requests/s | statewire / nginx | 2.00 × (1.99–2.01) | higher |',
    )
    expect(text).toContain(
      [
        '| 5 rounds | requests/s | spread | p99 ms | MiB resident |',
        '|---|---|---|---|---|',
        '| statewire (0.1.0) | 200 | 190–210 | 1.50 |  |',
        '| nginx | 100 | 95.0–105 |  | 17.0 |',
      ].join('\n'),
    )
  })

  it('has the workloads of a group under its heading, and a note once', () => {
    const grouped = { workload: 'wide', group: 'A whole site', note: 'as measured' }
    const run = runOf(
      resultOf({}, grouped),
      resultOf({}, { ...grouped, unit: 'p99 ms' }),
      resultOf(),
    )
    const text = toMarkdown(run)
    expect(text).toContain('## Whole servers\n\n### A whole site\n\n#### wide\n')
    expect(text).toContain('\n### 1 KiB file\n')
    expect(text.match(/as measured/g)).toHaveLength(1)
  })

  it('escapes names, so that they cannot end a cell, begin a line or become markup', () => {
    const run = {
      ...runOf(resultOf({}, { workload: 'a | b\n<i> *c*' })),
      omissions: [{ name: '<b>', reason: 'no [it](x)' }],
    }
    const text = toMarkdown(run)
    expect(text).toContain('### a \\| b \\<i\\> \\*c\\*')
    expect(text).toContain('**\\<b\\>**: no \\[it\\](x)')
  })

  it('shows the differences from an earlier run', () => {
    const [before, after] = [
      runOf(resultOf()),
      runOf(resultOf({ ours: [400, 420, 380, 410, 390] })),
    ]
    const text = plain(toMarkdown(after, compareRuns(before, after)))
    expect(text).toContain('| 1 KiB file, requests/s | statewire | 200 | 400 | +100.0 % | better |')
    expect(text).toContain('1 of 3 differences are within the noise')
  })
})

describe('HTML', () => {
  it('draws every contender, and loads nothing', () => {
    const page = toHtml(runOf(resultOf({}, { workload: '1 KiB file, 64 connections' })))
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i)
    expect(page.match(/class="bar /g)).toHaveLength(2)
    // The longest whisker ends at the right edge, and bars are proportional to it.
    expect(page).toContain('<i class="fill" style="width:95.24%">')
    expect(page).toContain('<i class="fill" style="width:47.62%">')
    expect(page).toContain('<i class="whisker" style="left:90.48%;width:9.52%">')
    expect(plain(page)).toContain('statewire is 2.00 ×')
    expect(page).toContain('class="verdict">stretch target met<')
  })

  it('links to the groups, and shows a note once', () => {
    const grouped = { workload: 'wide', group: 'A whole site', note: 'as measured' }
    const run = runOf(
      ...[resultOf({}, grouped), resultOf({}, { ...grouped, unit: 'p99 ms' })],
      resultOf({}, { group: 'One file' }),
    )
    const page = toHtml(run)
    expect(page).toContain('<a href="#server-1">A whole site</a>')
    expect(page).toContain('<section id="server-2">\n<h3 class="group">One file</h3>')
    expect(page.match(/as measured/g)).toHaveLength(1)
    expect(toHtml(runOf(resultOf()))).not.toContain('<nav>')
  })

  it('shows figures that have a target', () => {
    const page = toHtml(
      runOf(
        resultOf(
          { ours: [2, 2.5, 2.2] },
          { workload: '8000 idle connections', unit: 'KiB resident/connection', better: 'less' },
          { denominator: 'nginx' },
        ),
      ),
    )
    expect(page).toContain('<b>2.20</b> <span class="verdict">target met</span>')
    expect(page).not.toContain('class="point"')
  })

  it('escapes all text', () => {
    const evil = `"><script>alert('x')</script>&`
    const result = resultOf(
      {},
      { workload: evil, unit: evil, note: evil },
      { numerator: evil, denominator: evil },
    )
    // This workload has a target for any ratio, so its ratio is drawn on the axis.
    const targeted = { ...result, workload: '1 KiB file, access log on' }
    const contenders = result.contenders.map(one => ({
      ...one,
      name: evil,
      version: evil,
      extra: { [evil]: 1 },
    }))
    const run = runOf({ ...result, contenders }, targeted)
    expect(targetLines(run)).not.toEqual([])
    const page = toHtml(
      {
        ...run,
        machine: { ...run.machine, processor: evil, commit: evil },
        omissions: [{ name: evil, reason: evil }],
      },
      compareRuns(run, run),
    )
    expect(page).not.toContain('<script')
    expect(page).not.toContain(`'x'`)
    expect(page).toContain('&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;')
  })

  it('can show a run without results', () => {
    expect(toHtml(runOf())).toContain('statewire benchmarks')
    expect(toHtml(runOf(resultOf({ ours: [], other: [] })))).not.toContain('NaN')
  })
})

describe('a result file', () => {
  it('is parsed as it was written', () => {
    const run = runOf(resultOf())
    expect(parseRun(JSON.stringify(run))).toEqual(run)
  })

  it('is rejected if it is something else', () => {
    expect(() => parseRun('{"results":1}')).toThrow('not a result')
    expect(() => parseRun('null')).toThrow('not a result')
    expect(() => parseRun('{')).toThrow(SyntaxError)
  })
})
