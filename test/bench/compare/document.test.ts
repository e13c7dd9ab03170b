import { describe, expect, it } from 'vitest'
import type { Contender, Launch, LaunchOptions } from '../../../bench/compare/contender.ts'
import { CONTENDERS } from '../../../bench/compare/contenders/index.ts'
import { comparisonMarkdown, referenceLink } from '../../../bench/compare/document.ts'
import { expectResponse, type Group, rowResult } from '../../../bench/compare/row.ts'
import { get } from '../../../bench/compare/send.ts'

describe('comparisonMarkdown', () => {
  const launch =
    (file: string) =>
    ({ root, port }: LaunchOptions): Launch => ({
      command: 'node',
      args: ['a b.js', root, `${port}`],
      files: { 'x.conf': file },
    })
  const profiles: Contender['profiles'] = {
    site: launch('one\ntwo\n'),
    slash: launch('one\ntwo\n'),
    single: launch('one\nthree\n'),
    list: 'it has no listing',
    json: 'it has no listing',
    log: launch('one\ntwo\n'),
    cors: launch('one\ntwo\n'),
    change: launch('one\ntwo\n'),
  }
  const contender = (name: string): Contender => ({
    name,
    version: () => '1',
    installCommand: `get ${name}`,
    profiles,
  })
  const check = expectResponse(get('/'), () => true)
  const groups: Group[] = [
    {
      name: 'First',
      rows: [
        { title: 'a|b', reference: 'RFC 9110 §14.2', profile: 'site', check },
        { title: 'c', reference: 'lukeed/sirv#175', profile: 'site', check },
      ],
    },
    { name: 'Second', rows: [{ title: 'd', reference: 'convention', profile: 'list', check }] },
  ]
  const pass = rowResult(true, 'fine')
  const none = { verdict: 'none', observed: 'it has no listing' } as const
  const markdown = comparisonMarkdown(
    [
      { contender: contender('ours'), version: '1.0', results: [pass, pass, pass] },
      {
        contender: contender('theirs'),
        version: '2.0',
        results: [rowResult(false, '416 <b>'), pass, none],
      },
      {
        contender: contender('others'),
        version: '3.0',
        results: [rowResult(false, '416 <b>'), rowResult(false, '`x<y`'), none],
      },
    ],
    groups,
    {
      date: new Date('2026-01-02T03:04:05Z'),
      processor: 'A processor',
      node: '20.0.0',
      system: 'Linux',
      command: 'npm run compare',
      missing: [contender('absent')],
    },
  )

  it('says when, with which servers, where and how', () => {
    const expected = [
      '2026-01-02',
      'ours 1.0, theirs 2.0 and others 3.0',
      'Node 20.0.0 on Linux',
      'A processor',
      '`npm run compare`',
    ]
    expect(expected.filter(text => !markdown.includes(text))).toEqual([])
    expect(markdown).toContain('absent was not installed and is left out: `get absent`')
  })

  it('has a line for each row, with numbers that refer to what was observed', () => {
    expect(markdown).toContain(
      '| a\\|b | [RFC 9110 §14.2](https://www.rfc-editor.org/rfc/rfc9110.html#section-14.2) | ✓ | ✗<sup>1</sup> | ✗<sup>1</sup> |',
    )
    expect(markdown).toContain('\n1. **theirs, others**: a|b — 416 \\<b>\n')
    expect(markdown).toContain('\n2. **others**: c — `x<y`\n')
    expect(markdown).toContain('| d | convention | ✓ | –<sup>1</sup> | –<sup>1</sup> |')
    expect(markdown).toContain('\n1. **theirs, others**: it has no listing\n')
  })

  it('counts the rows that passed', () => {
    const rows = [
      '| First | 2 | 2 | 1 | 0 |',
      '| Second | 1 | 1 | 0 | 0 |',
      '| **all** | **3** | **3** | **1** | **0** |',
    ]
    const more = ['| ✗ does not pass |  | 0 | 1 | 2 |', '| – not offered |  | 0 | 1 | 1 |']
    expect([...rows, ...more].filter(row => !markdown.includes(row))).toEqual([])
  })

  it('shows a set-up once, and the differences between its files', () => {
    expect(markdown.match(/node 'a b.js' site 8080/g)?.length).toBe(2 * 3)
    expect(markdown).toContain('# x.conf\none\ntwo\n')
    expect(markdown).toContain('```diff\n# x.conf\n- two\n+ three\n```')
  })

  it('links threads and advisories', () => {
    expect(referenceLink('lukeed/sirv#175')).toBe(
      '[lukeed/sirv#175](https://github.com/lukeed/sirv/issues/175)',
    )
    expect(referenceLink('CVE-2011-3192')).toContain('cve.org/CVERecord?id=CVE-2011-3192')
    expect(referenceLink('fifo(7)')).toBe('fifo(7)')
  })
})

describe('set-ups', () => {
  it('serve the given folder on the given port', () => {
    const options: LaunchOptions = { root: '/r00t', port: 54321, folder: '/f0lder', log: '/l0g' }
    for (const { profiles } of CONTENDERS)
      for (const setUp of Object.values(profiles)) {
        if (typeof setUp === 'string') continue
        const { args, files = {} } = setUp(options)
        const all = [...args, ...Object.values(files)].join(' ')
        expect(all).toContain('/r00t')
        expect(all).toContain('54321')
      }
  })
})
