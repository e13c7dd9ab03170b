import { describe, expect, it } from 'vitest'
import type { Contender, Launch, LaunchOptions } from '../../bench/compare/contender.ts'
import { CONTENDERS } from '../../bench/compare/contenders/index.ts'
import { comparisonMarkdown, referenceLink } from '../../bench/compare/document.ts'
import {
  bytePartsOf,
  hasBytes,
  isHarmless,
  isRefused,
  isSinglePart,
  leadsToOtherHost,
} from '../../bench/compare/expectations.ts'
import { fieldOf, inWords, parseReply, type Reply } from '../../bench/compare/reply.ts'
import { expectResponse, type Group, type RowContext, rowResult } from '../../bench/compare/row.ts'
import { GROUPS } from '../../bench/compare/rows/index.ts'
import { get } from '../../bench/compare/send.ts'
import { SECRET, THOUSAND } from '../../bench/compare/site.ts'

const reply = (head: string, content: string | Buffer = '', method = 'GET'): Reply =>
  parseReply(
    Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\n\r\n`), Buffer.from(content)]),
    'closed',
    method,
  )

const sized = (head: string, content: string | Buffer): Reply =>
  reply(`${head}\r\nContent-Length: ${Buffer.byteLength(content)}`, content)

const ranged = (range: string, content: string | Buffer): Reply =>
  sized(`206 Partial Content\r\nContent-Range: ${range}`, content)

const multipart = (...parts: readonly (readonly [range: string, content: string])[]): Reply => {
  const pieces = parts.map(
    ([range, content]) => `--b\r\nContent-Range: ${range}\r\n\r\n${content}\r\n`,
  )
  return sized(
    '206 OK\r\nContent-Type: multipart/byteranges; boundary=b',
    `${pieces.join('')}--b--\r\n`,
  )
}

/** The verdict of the row whose title begins so, on a server that sends these replies. */
async function verdictOf(title: string, ...replies: readonly Reply[]): Promise<string> {
  const row = GROUPS.flatMap(({ rows }) => rows).find(one => one.title.startsWith(title))
  if (row === undefined) throw new Error(`no row: ${title}`)
  let sent = 0
  const context: Partial<RowContext> = {
    root: '/nowhere',
    send: async () => replies[Math.min(sent++, replies.length - 1)]!,
  }
  const { verdict } = await row.check(context as RowContext)
  return verdict
}

describe('parseReply', () => {
  it('skips interim responses and joins fields', () => {
    const bytes =
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nVary: a\r\nvary: b\r\n\r\nhi'
    const parsed = parseReply(Buffer.from(bytes), 'closed')
    expect([parsed.status, fieldOf(parsed, 'Vary'), parsed.content.toString()]).toEqual([
      200,
      'a, b',
      'hi',
    ])
  })

  it('removes the chunked coding, and notices where it is cut off', () => {
    const head = '200 OK\r\nTransfer-Encoding: chunked'
    const whole = reply(head, '3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n')
    expect([whole.content.toString(), whole.isWhole]).toEqual(['abcde', true])
    const cut = reply(head, '3\r\nabc\r\n2\r\nd')
    expect([cut.content.toString(), cut.isWhole]).toEqual(['abc', false])
  })

  it('notices content of another length than Content-Length', () => {
    expect(reply('200 OK\r\nContent-Length: 3', 'abc').isWhole).toBe(true)
    expect(reply('200 OK\r\nContent-Length: 3', 'abcd').isWhole).toBe(false)
    expect(reply('200 OK\r\nContent-Length: 3', 'ab').isWhole).toBe(false)
  })

  it('expects no content for HEAD and 304', () => {
    expect(reply('200 OK\r\nContent-Length: 3', '', 'HEAD').isWhole).toBe(true)
    expect(reply('304 Not Modified\r\nContent-Length: 3', 'abc').isWhole).toBe(false)
  })

  it('describes a response in a few words', () => {
    expect(inWords(sized('206 OK\r\nVary: x', 'ab'), 'Vary', 'ETag')).toBe(
      '206, Vary: x, no ETag, 2 bytes of content',
    )
    expect(inWords(reply('200 OK\r\nContent-Length: 9', 'ab'))).toBe(
      '200, 2 bytes of content, but the head said 9',
    )
    expect(inWords(parseReply(Buffer.from('HTTP/1.1 2'), 'timeout'))).toBe('no response in time')
  })
})

describe('expectations', () => {
  it('accept a range only if its position, its length and its bytes agree', () => {
    expect(isSinglePart(ranged('bytes 5-6/1000', THOUSAND.subarray(5, 7)), THOUSAND, 5, 6)).toBe(
      true,
    )
    expect(isSinglePart(ranged('bytes 5-6/1000', THOUSAND.subarray(4, 6)), THOUSAND, 5, 6)).toBe(
      false,
    )
    expect(isSinglePart(ranged('bytes 5-6/999', THOUSAND.subarray(5, 7)), THOUSAND, 5, 6)).toBe(
      false,
    )
    expect(isSinglePart(ranged('bytes 4-6/1000', THOUSAND.subarray(4, 7)), THOUSAND, 5, 6)).toBe(
      false,
    )
    expect(
      bytePartsOf(ranged('bytes 990-1000/1000', THOUSAND.subarray(990)), THOUSAND),
    ).toBeUndefined()
    expect(bytePartsOf(sized('206 OK', THOUSAND), THOUSAND)).toBeUndefined()
  })

  it('parse several ranges', () => {
    const text = THOUSAND.toString('latin1')
    const both = multipart(
      ['bytes 0-1/1000', text.slice(0, 2)],
      ['bytes 5-6/1000', text.slice(5, 7)],
    )
    expect(hasBytes(both, THOUSAND, [0, 1, 5, 6])).toBe(true)
    expect(hasBytes(both, THOUSAND, [0, 4])).toBe(false)
    const wrong = multipart(['bytes 0-1/1000', text.slice(0, 2)], ['bytes 5-6/1000', 'zz'])
    expect(bytePartsOf(wrong, THOUSAND)).toBeUndefined()
  })

  it('recognise a Location that leads to another host', () => {
    const away = ['//evil.com/', '/\\evil.com', 'http://evil.com', '\\\\evil.com/', '/\t/evil.com']
    const here = ['/evil.com/', 'evil.com/', './/evil.com', 'http://localhost/x', '/%2fevil.com']
    const leads = (location: string): boolean =>
      leadsToOtherHost(reply(`301 Moved\r\nLocation: ${location}`))
    expect(away.filter(location => !leads(location))).toEqual([])
    expect(here.filter(leads)).toEqual([])
  })

  it('do not accept a secret, a 5xx or silence as harmless', () => {
    expect(isHarmless(sized('404 Not Found', 'no'))).toBe(true)
    expect(isHarmless(sized('404 Not Found', `no ${SECRET}`))).toBe(false)
    expect(isHarmless(sized('500 Oh', 'no'))).toBe(false)
    expect(isHarmless(parseReply(Buffer.alloc(0), 'closed'))).toBe(false)
    expect(isRefused(sized('403 Forbidden', ''))).toBe(true)
    expect(isRefused(sized('200 OK', ''))).toBe(false)
  })
})

describe('rows', () => {
  const full = sized(
    '200 OK\r\nETag: "a"\r\nLast-Modified: Thu, 29 Feb 2024 12:00:00 GMT',
    THOUSAND,
  )
  const rejected = sized('416 No\r\nContent-Range: bytes */1000', '')
  const first = ranged('bytes 0-1/1000', THOUSAND.subarray(0, 2))
  const unchanged = reply('304 Not Modified\r\nETag: "a"')

  it.each<[title: string, replies: readonly Reply[], verdict: string]>([
    ['`bytes=0-0`', [ranged('bytes 0-0/1000', THOUSAND.subarray(0, 1))], 'pass'],
    ['`bytes=0-0`', [ranged('bytes 0-999/1000', THOUSAND)], 'fail'],
    ['`bytes=0-0`', [full], 'fail'],
    ['`bytes=-500`', [ranged('bytes 500-999/1000', THOUSAND.subarray(500))], 'pass'],
    ['`bytes=-500`', [ranged('bytes 0-500/1000', THOUSAND.subarray(0, 501))], 'fail'],
    ['`bytes=-2000`', [full], 'pass'],
    ['`bytes=-2000`', [ranged('bytes 0-999/1000', THOUSAND)], 'pass'],
    ['`bytes=-2000`', [rejected], 'fail'],
    ['`bytes=500-400`', [full], 'pass'],
    ['`bytes=500-400`', [rejected], 'pass'],
    ['`bytes=500-400`', [sized('416 No\r\nContent-Range: bytes */1000', THOUSAND)], 'fail'],
    ['`bytes=0-18446744073709551615`', [full], 'pass'],
    ['`bytes=0-18446744073709551615`', [parseReply(Buffer.alloc(0), 'closed')], 'fail'],
    ['`bytes=2000-`', [rejected], 'pass'],
    ['`bytes=2000-`', [sized('416 No', '')], 'fail'],
    ['`bytes=0-1,5-6`: both, all', [first], 'pass'],
    ['`bytes=0-1,5-6`: both, all', [sized('206 OK', THOUSAND)], 'fail'],
    ['`bytes=0-1,5-6`: both parts', [first], 'fail'],
    ['`bytes=0-1,5-6`: both parts', [ranged('bytes 0-6/1000', THOUSAND.subarray(0, 7))], 'pass'],
    ['`units=0-1`', [full], 'pass'],
    ['`units=0-1`', [first], 'fail'],
    ['If-Range with another tag', [full], 'pass'],
    ['If-Range with another tag', [first], 'fail'],
    ['If-Range with the current', [full, first], 'pass'],
    ['If-Range with the current', [full, full], 'fail'],
    ['HEAD with Range', [reply('200 OK\r\nContent-Length: 1000', '', 'HEAD')], 'pass'],
    ['HEAD with Range', [reply('206 OK\r\nContent-Range: bytes 0-1/1000', '', 'HEAD')], 'fail'],
    ['a hundred ranges', [sized('206 OK', Buffer.alloc(2001))], 'fail'],
    ['the process survives', [full], 'pass'],
    ['a strong ETag', [full], 'pass'],
    ['a strong ETag', [sized('200 OK\r\nETag: W/"a"', THOUSAND)], 'fail'],
    ['If-None-Match with a list', [full, unchanged], 'pass'],
    ['If-None-Match with a list', [full, full], 'fail'],
    ['If-None-Match with a list', [sized('200 OK', THOUSAND), unchanged], 'fail'],
    ['If-None-Match takes precedence', [full, unchanged], 'fail'],
    ['If-Match with another', [full], 'fail'],
    ['If-Match with another', [sized('412 Precondition Failed', '')], 'pass'],
    ['POST', [sized('405 No\r\nAllow: GET, HEAD', '')], 'pass'],
    ['POST', [sized('405 No', '')], 'fail'],
    ['HEAD has the fields', [full, reply('200 OK\r\nETag: "b"', '', 'HEAD')], 'fail'],
    ['`.wasm`', [sized('200 OK\r\nContent-Type: application/wasm', '')], 'pass'],
    ['`.wasm`', [sized('200 OK\r\nContent-Type: application/wasm; charset=utf-8', '')], 'fail'],
    ['`.env`', [sized('200 OK', SECRET)], 'fail'],
    ['`//thousand.txt`', [sized('301 No\r\nLocation: //thousand.txt', '')], 'fail'],
    ['`/docs?x=1`', [sized('308 No\r\nLocation: /docs/?x=1', '')], 'pass'],
    ['`/docs?x=1`', [sized('301 No\r\nLocation: /docs/', '')], 'fail'],
    ['no redirect to another host', [sized('301 No\r\nLocation: //evil.com/', '')], 'fail'],
    ['Vary on 206', [sized('206 OK\r\nVary: accept-encoding', '')], 'pass'],
    ['Vary on 206', [sized('206 OK\r\nVary: Origin', '')], 'fail'],
    ['`identity;q=0, gzip`', [sized('200 OK', THOUSAND)], 'fail'],
    ['errors contain no path', [sized('404 No', 'in /nowhere/x')], 'fail'],
    ['errors contain no path', [sized('404 No', 'in the site')], 'pass'],
    [
      'each link leads',
      [sized('200 OK\r\nContent-Type: text/html', '<a href="plain.txt">plain.txt</a>')],
      'fail',
    ],
  ])('%s', async (title, replies, verdict) => {
    expect(await verdictOf(title, ...replies)).toBe(verdict)
  })

  it('have different titles', () => {
    const titles = GROUPS.flatMap(({ rows }) => rows).map(row => row.title)
    expect(new Set(titles).size).toBe(titles.length)
  })
})

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
