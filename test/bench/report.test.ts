import { describe, expect, it } from 'vitest'
import { compareRuns } from '../../bench/report/against.ts'
import { toHtml } from '../../bench/report/html.ts'
import { toMarkdown } from '../../bench/report/markdown.ts'
import { figure, shortFigure } from '../../bench/report/numbers.ts'
import { parseRun, verdictOf } from '../../bench/report/run.ts'
import { resultOf, runOf } from './runs.ts'

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ')

describe('figures', () => {
  it('have three digits that mean something', () => {
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

  it('are shorter beside bars', () => {
    expect([999, 9999, 112_400, 1_200_000].map(value => plain(shortFigure(value)))).toEqual([
      '999',
      '10 000',
      '112 k',
      '1.20 M',
    ])
  })
})

describe('a verdict', () => {
  const verdict = (better: 'more' | 'less', must?: number, reach?: number): string => {
    const bounds = {
      ...(must === undefined ? {} : { must }),
      ...(reach === undefined ? {} : { reach }),
    }
    const result = resultOf({}, { better }, bounds)
    return verdictOf(result, result.ratios[0]!)
  }

  it('is that of the median, which is 2 here', () => {
    expect(verdict('more', 1.2, 1.9)).toBe('reached')
    expect(verdict('more', 1.2, 2.5)).toBe('met')
    expect(verdict('more', 2.1, 2.5)).toBe('missed')
    expect(verdict('less', 2.5, 2.1)).toBe('reached')
    expect(verdict('less', 2.5, 1.5)).toBe('met')
    expect(verdict('less', 1.5, 1)).toBe('missed')
  })

  it('is none where nothing was asked', () => {
    expect(verdict('more')).toBe('none')
    expect(verdict('more', undefined, 3)).toBe('none')
  })
})

describe('Markdown', () => {
  it('tells the ratios with what was asked, then the figures, best first', () => {
    const run = runOf(resultOf({}, {}, { must: 1.2, reach: 2.5 }))
    const text = plain(toMarkdown(run))
    expect(text).toContain(
      '| 1 KiB file, requests/s | statewire / nginx | 2.00 × (1.99–2.01) | ≥ 1.2 | ≥ 2.5 | met |',
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

  it('lets no name end a cell, begin a line or become markup', () => {
    const run = {
      ...runOf(resultOf({}, { work: 'a | b\n<i> *c*' })),
      omissions: [{ name: '<b>', why: 'no [it](x)' }],
    }
    const text = toMarkdown(run)
    expect(text).toContain('### a \\| b \\<i\\> \\*c\\*')
    expect(text).toContain('**\\<b\\>**: no \\[it\\](x)')
  })

  it('tells what changed since a run before', () => {
    const [before, after] = [
      runOf(resultOf()),
      runOf(resultOf({ ours: [400, 420, 380, 410, 390] })),
    ]
    const text = plain(toMarkdown(after, compareRuns(before, after)))
    expect(text).toContain('| 1 KiB file, requests/s | statewire | 200 | 400 | +100.0 % | better |')
    expect(text).toContain('1 of 3 differences lie within the noise')
  })
})

describe('the page', () => {
  it('draws every contender, and needs nothing from elsewhere', () => {
    const page = toHtml(runOf(resultOf({}, {}, { must: 1.2 })))
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i)
    expect(page.match(/class="bar /g)).toHaveLength(2)
    // The longest whisker ends at the right edge, and bars are in proportion to it.
    expect(page).toContain('<i class="fill" style="width:95.24%">')
    expect(page).toContain('<i class="fill" style="width:47.62%">')
    expect(page).toContain('<i class="whisker" style="left:90.48%;width:9.52%">')
    expect(plain(page)).toContain('statewire is 2.00 ×')
    expect(page).toContain('class="verdict">met<')
  })

  it('escapes all text that it is given', () => {
    const evil = `"><script>alert('x')</script>&`
    const result = resultOf(
      {},
      { work: evil, unit: evil, note: evil },
      { of: evil, to: evil, must: 1 },
    )
    const contenders = result.contenders.map(one => ({
      ...one,
      name: evil,
      version: evil,
      extra: { [evil]: 1 },
    }))
    const run = runOf({ ...result, contenders })
    const page = toHtml(
      {
        ...run,
        machine: { ...run.machine, processor: evil, commit: evil },
        omissions: [{ name: evil, why: evil }],
      },
      compareRuns(run, run),
    )
    expect(page).not.toContain('<script')
    expect(page).not.toContain(`'x'`)
    expect(page).toContain('&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;')
  })

  it('holds for a run in which nothing was measured', () => {
    expect(toHtml(runOf())).toContain('statewire benchmarks')
    expect(toHtml(runOf(resultOf({ ours: [], peer: [] })))).not.toContain('NaN')
  })
})

describe('a result file', () => {
  it('is read as it was written', () => {
    const run = runOf(resultOf())
    expect(parseRun(JSON.stringify(run))).toEqual(run)
  })

  it('is refused where it is something else', () => {
    expect(() => parseRun('{"results":1}')).toThrow('not a result')
    expect(() => parseRun('null')).toThrow('not a result')
    expect(() => parseRun('{')).toThrow(SyntaxError)
  })
})
