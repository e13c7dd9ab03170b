import { describe, expect, it } from 'vitest'
import { helpText } from '../../../src/server/config/help.ts'
import { flagNames, namesIn, settingOf } from '../../../src/server/config/settings.ts'

const lines = helpText().split('\n')

describe('the help', () => {
  it.each(namesIn('flag'))('shows %s with its flags, its letter and its default', name => {
    const { short, default: value } = settingOf(name)
    const [flag, ...otherFlags] = flagNames(name)
    const at = lines.findIndex(line =>
      new RegExp(`--(\\[no-\\])?${flag}( |\\[=|$)`).test(line.slice(0, 40)),
    )
    expect(at).not.toBe(-1)
    const end = lines.findIndex((line, i) => i > at && !line.startsWith(' '.repeat(30)))
    const entry = lines
      .slice(at, end)
      .map(line => line.trim())
      .join(' ')
    for (const other of otherFlags) expect(entry).toContain(`also --${other}`)
    if (short !== undefined) expect(entry).toMatch(new RegExp(`^-${short}, --`))
    if (typeof value === 'string' || typeof value === 'number')
      expect(entry).toContain(`default: ${value}`)
  })

  it('shows --no-… only for switches that other sources can turn on', () => {
    expect(
      lines.filter(line => line.includes('[no-]')).map(line => line.trim().split(' ')[0]),
    ).toEqual([
      '--[no-]clean-urls[=NAME]',
      ...['--[no-]list', '--[no-]security-headers', '--[no-]server-timing'],
      ...['--[no-]health', '--[no-]metrics'],
    ])
  })

  it('is ASCII of at most 100 columns', () => {
    expect(lines.filter(line => !/^[ -~]{0,100}$/.test(line) || line.endsWith(' '))).toEqual([])
  })

  it('aligns all descriptions', () => {
    const columns = lines.flatMap(
      line => /^ {2}(?:-., | {4})--\S+(?: [A-Z:]+)? {2,}(?=\S)/.exec(line)?.[0].length ?? [],
    )
    expect(columns).toHaveLength(namesIn('flag').length)
    expect(new Set(columns).size).toBe(1)
  })

  it('shows which flags have optional values', () => {
    expect(
      lines.filter(line => line.includes('[=')).map(line => line.trim().split(/ {2,}/)[0]),
    ).toEqual(['--[no-]clean-urls[=NAME]', '-s, --single[=FILE]', '--cors[=ORIGINS]'])
  })

  it('has a heading for each group', () => {
    const headings = lines.filter(line => /^[A-Z][a-z]+$/.test(line))
    expect(headings).toEqual([
      'Serving',
      'Caching',
      'Headers',
      'Uploads',
      'Listening',
      'Balancers',
      'Logs',
      'Timeouts',
      'Limits',
      'Configuration',
    ])
  })
})
