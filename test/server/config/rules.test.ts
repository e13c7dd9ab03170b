import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheControlOf } from '../../../src/response/matching-rules.ts'
import { redirectOf, rewriteOf, singleOf } from '../../../src/response/site-rules.ts'
import { typeOfName } from '../../../src/response/type-rules.ts'
import type { Config } from '../../../src/server/config/config.ts'
import { ConfigError } from '../../../src/server/config/config-issue.ts'
import { parseOptions } from '../../../src/server/config/load-config.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import * as schemas from '../../../src/server/config/rules-schema.ts'
import { headersOf } from '../../response/headers-of.ts'
import { configOf, messagesOf, temporaryFolder } from './load.ts'

const docs = readFileSync(join(import.meta.dirname, '../../../docs/rules.md'), 'utf8')
const example = (language: string): string => {
  const [, text] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(docs) ?? []
  if (text === undefined) throw new Error(`docs/rules.md has no ${language} example`)
  return text
}

const environment = {
  cwd: '/home/me',
  stdoutIsTerminal: false,
  openFilesSoftLimit: (): number => 1064,
}

function optionMessages(options: object): string[] {
  try {
    parseOptions(options as ConfigOptions, environment, schemas)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  throw new Error('no issues')
}

describe('docs/rules.md', () => {
  it('has a TOML example that works as it says', async () => {
    const cwd = temporaryFolder()
    const { root, rules, hosts } = await configOf({ cwd, toml: example('toml') })
    expect(root).toBe(join(cwd, 'site'))
    expect(headersOf(rules, '/assets/a.css')).toMatchObject({
      set: [
        ['Strict-Transport-Security', 'max-age=63072000'],
        ['X-Team', 'web'],
        ['Link', '</assets/app.css>; rel=preload; as=style'],
      ],
      unset: ['last-modified'],
    })
    expect(redirectOf(rules, '/old/a/b', 'x=1')).toEqual({ status: 308, location: '/new/a/b?x=1' })
    expect(redirectOf(rules, '/wiki/A B', '')).toEqual({
      status: 301,
      location: 'https://wiki.example/page?name=A%20B',
    })
    expect(rewriteOf(rules, '/app/a')).toBe('/pages/a.html')
    expect(cacheControlOf(rules, '/img/a/b.png')).toBe(
      'public, max-age=600, stale-while-revalidate=60',
    )
    expect(cacheControlOf(rules, '/feeds/a.xml')).toBe('public, max-age=300')
    expect(headersOf(rules, '/docs/', '/docs/index.html').set).toContainEqual([
      'Content-Language',
      'en',
    ])
    expect(cacheControlOf(rules, '/feeds/b.xml', '/feeds/b.xml', 404)).toBe('public, max-age=60')
    expect(headersOf(rules, '/archive/a/b', '/archive/a/b.html').set).toContainEqual([
      'Content-Type',
      'text/html; charset=windows-1252',
    ])
    expect(typeOfName(rules.types, 'lib.d.ts')).toBe('text/plain; charset=utf-8')
    expect(singleOf(rules, '/admin/users')).toBe('/admin/index.html')
    expect(singleOf(rules, '/')).toBeUndefined()
    expect(hosts.map(({ names, root }) => [names, root])).toEqual([
      [['blog.example', '*.blog.example'], join(cwd, 'sites/blog')],
    ])
    const [blog] = hosts
    expect(headersOf(blog!.rules, '/a').set).toEqual([['X-Robots-Tag', 'noindex']])
    expect(singleOf(blog!.rules, '/a')).toBe('/index.html')
    expect(redirectOf(blog!.rules, '/old/a', '')?.location).toBe('/new/a')
    expect(blog!.settings).toMatchObject({ list: true, symlinks: 'inside' })
  })

  it('has an example in code that works as it says', () => {
    // The same as in docs/rules.md, for the type checker.
    const options: ConfigOptions = {
      root: 'site',
      rules: {
        redirects: [{ match: '/old/**', to: '/new/:splat', status: 301 }],
        cache: [{ match: '/img/**', seconds: 600 }],
      },
      hosts: [{ name: 'blog.example', root: 'sites/blog', single: 'index.html' }],
    }
    const { rules, hosts } = parseOptions(options, environment, schemas)
    const text = example('ts').replace(/\s+/g, ' ')
    for (const part of [
      "match: '/old/**', to: '/new/:splat', status: 301",
      "match: '/img/**', seconds: 600",
    ]) {
      expect(text).toContain(part)
    }
    expect(redirectOf(rules, '/old/a', '')).toEqual({ status: 301, location: '/new/a' })
    expect(cacheControlOf(rules, '/img/a')).toBe('public, max-age=600')
    expect(hosts).toMatchObject([{ names: ['blog.example'], root: '/home/me/sites/blog' }])
    expect(hosts[0]!.rules.singles).toEqual([{ prefix: '/', file: '/index.html' }])
  })
})

describe('rules in the TOML file', () => {
  it.each([
    ['as tables', '[[redirects]]\nmatch = "/a"\nto = "/b"\n[[redirects]]\nmatch = "/c"\nto = "/d"'],
    ['inline', 'redirects = [\n  { match = "/a", to = "/b" },\n  { match = "/c", to = "/d" },\n]'],
  ])('may be %s', async (_, toml) => {
    const { redirects } = (await configOf({ toml })).rules
    expect(redirects.map(({ match, to, status }) => [match.text, to.text, status])).toEqual([
      ['/a', '/b', 308],
      ['/c', '/d', 308],
    ])
  })

  it.each([
    ['inline', 'set = { X-A = "1", X-B = "2" }'],
    ['by dotted keys', 'set.X-A = "1"\nset.X-B = "2"'],
    ['as a table below', '[headers.set]\nX-A = "1"\nX-B = "2"'],
  ])('may set headers %s', async (_, set) => {
    const { headers } = (await configOf({ toml: `[[headers]]\nmatch = "/"\n${set}` })).rules
    expect(headers[0]!.set).toEqual([
      ['X-A', '1'],
      ['X-B', '2'],
    ])
  })

  it.each([
    [
      '\n[[redirects]]\nmatch = "/a"\nto = "/b"\nstatus = 999',
      'statewire.toml:5 status = 999: must be one of 301, 302, 307, 308',
    ],
    [
      '[[redirects]]\nmatch = "/a"\nto = "/b"\nstatus = "301"',
      'statewire.toml:4 status = "301": must be one of 301, 302, 307, 308',
    ],
    ['[[redirects]]\nto = "/b"', 'statewire.toml:1 [[redirects]]: must have match'],
    ['[[redirects]]\nmatch = "/a"', 'statewire.toml:1 [[redirects]]: must have to'],
    [
      '[[redirects]]\nmatch = 1\nto = "/b"',
      'statewire.toml:2 match = 1: must be a pattern, such as /assets/** or /app/:page',
    ],
    [
      '[[redirects]]\nmatch = "a"\nto = "/b"',
      'statewire.toml:2 match = "a": must begin with a slash',
    ],
    [
      '[[redirects]]\nmatch = "/a"\nto = "//b"',
      'statewire.toml:3 to = "//b": must begin with one slash, http:// or https://',
    ],
    [
      '[[redirects]]\nmatch = "/a"\nto = "/b\\r\\nX: y"',
      'statewire.toml:3 to = "/b\\r\\nX: y": must contain neither backslashes nor control characters',
    ],
    [
      '[[redirects]]\nmatch = "/a/*"\nto = "/b/:splat"',
      'statewire.toml:3 to = "/b/:splat": must use only names that /a/* captures, not :splat',
    ],
    [
      '[[redirects]]\nmatch = "/**/a/**"\nto = "/b?c=:splat"',
      'statewire.toml:3 to = "/b?c=:splat": must use only names that /**/a/** captures, not :splat',
    ],
    [
      '[[rewrites]]\nmatch = "/:a"\nto = "/:b"',
      'statewire.toml:3 to = "/:b": must use only names that /:a captures, not :b',
    ],
    [
      '[[rewrites]]\nmatch = "/:a"\nto = "https://b/"',
      'statewire.toml:3 to = "https://b/": must begin with a slash',
    ],
    [
      '[[redirects]]\nmatch = "/a"\nto = "/b"\nstaus = 301',
      'statewire.toml:4 staus = 301: is not a known key; did you mean status?',
    ],
    [
      'redirects = [\n{ match = "/a", to = "/b" },\n{ match = "/a", to = "/b", stauts = 1 }]',
      'statewire.toml:3 stauts = 1: is not a known key; did you mean status?',
    ],
    ['redirects = [\n"/a"]', 'statewire.toml:2 redirects = "/a": must be a table'],
    [
      'redirects = "/a"',
      'statewire.toml:1 redirects = "/a": must be a list, in TOML [[redirects]]',
    ],
    [
      '[redirects]\nmatch = "/a"',
      'statewire.toml:1 [redirects]: must be a list, in TOML [[redirects]]',
    ],
    [
      '[headers.x]\nmatch = "/a"',
      'statewire.toml:1 [headers.x]: must be a list, in TOML [[headers]]',
    ],
    ['headers.x = 1', 'statewire.toml:1 headers.x = 1: must be a list, in TOML [[headers]]'],
    [
      '[[redirect]]\nmatch = "/a"',
      'statewire.toml:1 [[redirect]]: is not a known table; did you mean redirects?',
    ],
    [
      'redirect = []',
      'statewire.toml:1 redirect = []: is not a known key; did you mean redirects?',
    ],
    [
      '[[headers]]\nmatch = "/a"',
      'statewire.toml:1 [[headers]]: must have set or unset, such as unset = ["ETag"]',
    ],
    [
      '[[headers]]\nmatch = "/a"\nset = 1',
      'statewire.toml:3 set = 1: must be a table of headers, such as { X-Robots-Tag = "noindex" }',
    ],
    [
      '[[headers]]\nmatch = "/a"\nset = { X-A = 1 }',
      'statewire.toml:3 X-A = 1: must be a header value, such as noindex',
    ],
    [
      '[[headers]]\nmatch = "/a"\n[headers.set]\nX-A = "1\\n"',
      'statewire.toml:4 X-A = "1\\n": must be a header value, such as noindex',
    ],
    [
      '[[headers]]\nmatch = "/a"\n[headers.set]\n"X A" = "1"',
      'statewire.toml:4 "X A" = "1": must be a header name',
    ],
    [
      '[[headers]]\nmatch = "/a"\nset.content-length = "1"',
      'statewire.toml:3 set.content-length = "1": must not be a header that only the server can set',
    ],
    [
      '[[headers]]\nmatch = "/a"\nset.ETag = "1"',
      'statewire.toml:3 set.ETag = "1": must not be set, only unset: the server derives it from the file',
    ],
    [
      '[[headers]]\nmatch = "/a"\nset = { X-A = "1", x-a = "2" }',
      'statewire.toml:3 x-a = "2": must be given once',
    ],
    [
      '[[headers]]\nmatch = "/a"\nunset = "a"',
      'statewire.toml:3 unset = "a": must be a list of header names, such as ["ETag"]',
    ],
    [
      '[[headers]]\nmatch = "/a"\nunset = [\n"ETag",\n"Date"]',
      'statewire.toml:5 unset = "Date": must not be a header that only the server can set',
    ],
    [
      '[[headers]]\nmatch = "/a"\nunset = ["ETag", 1]',
      'statewire.toml:3 unset = 1: must be a header name',
    ],
    [
      '[[headers]]\nmatch = "/a"\nset = { X-A = "1" }\nunset = ["x-a"]',
      'statewire.toml:4 unset = "x-a": must not be both set and unset',
    ],
    [
      '[[headers]]\nmatch = "/a"\ntype = "text/html;charset"',
      'statewire.toml:3 type = "text/html;charset": must be a media type, such as text/html; charset=windows-1252',
    ],
    [
      '[[headers]]\nmatch = "/a"\ntype = "a/b"\nset.content-type = "a/b"',
      'statewire.toml:3 type = "a/b": must not be combined with a Content-Type in set',
    ],
    [
      '[[headers]]\nmatch = "/a"\ntype = "a/b"\nstatus = 404',
      'statewire.toml:4 status = 404: must include 200 for a Content-Type: that of errors is not changed',
    ],
    ['[[types]]\nextensions = ["a"]', 'statewire.toml:1 [[types]]: must have type'],
    [
      '[[types]]\ntype = "a/b"',
      'statewire.toml:1 [[types]]: must have extensions or names, such as extensions = ["foo"]',
    ],
    [
      '[[types]]\ntype = "a/b"\nextensions = [".foo"]',
      'statewire.toml:3 extensions = ".foo": must be a list of extensions without a dot before them, such as ["foo", "d.ts"]',
    ],
    [
      '[[types]]\ntype = "a"\nnames = ["BUILD"]',
      'statewire.toml:2 type = "a": must be a media type, such as text/html; charset=windows-1252',
    ],
    [
      '[[headers]]\nmatch = "/a"\nunset = ["ETag"]\nstatus = 304',
      'statewire.toml:4 status = 304: must be a status code from 200 to 599, such as 404; 206 and 304 go with 200',
    ],
    [
      '[[cache]]\nmatch = "/a"\nseconds = 1\nstatus = [\n404,\n"500"]',
      'statewire.toml:6 status = "500": must be a status code from 200 to 599, such as 404; 206 and 304 go with 200',
    ],
    [
      '[[cache]]\nmatch = "/a"\nseconds = 1\nstatus = "4xx"',
      'statewire.toml:4 status = "4xx": must be a status code or a list of them, such as [404, 410]',
    ],
    [
      '[[cache]]\nmatch = "/a"',
      'statewire.toml:1 [[cache]]: must have either control or seconds, such as seconds = 3600',
    ],
    [
      '[[cache]]\nmatch = "/a"\ncontrol = "no-store"\nseconds = 1',
      'statewire.toml:1 [[cache]]: must have either control or seconds, such as seconds = 3600',
    ],
    [
      '[[cache]]\nmatch = "/a"\ncontrol = ""',
      'statewire.toml:3 control = "": must be a Cache-Control value, such as no-store',
    ],
    [
      '[[cache]]\nmatch = "/a"\nseconds = -1',
      'statewire.toml:3 seconds = -1: must be a whole number from 0 to 31536000, such as 3600',
    ],
    [
      '[[single]]\nprefix = "/a/*"\nfile = "b"',
      'statewire.toml:2 prefix = "/a/*": must be the path of a folder, such as /admin/',
    ],
    [
      '[[single]]\nprefix = "/a/"\nfile = "../b"',
      'statewire.toml:3 file = "../b": must be the name of a file below the root, such as index.html',
    ],
    [
      'single = "a/"',
      'statewire.toml:1 single = "a/": must be the name of a file below the root, such as index.html',
    ],
    [
      'single = 1',
      'statewire.toml:1 single = 1: must be the name of a file below the root, such as index.html',
    ],
    ['single = ["a"]', 'statewire.toml:1 single = "a": must be a table'],
    ['[single]\nprefix = "/"', 'statewire.toml:1 [single]: must be a list, in TOML [[single]]'],
    [
      'single = "a"\n[[single]]\nprefix = "/"\nfile = "b"',
      'statewire.toml:2:3: must be valid TOML: Defining a key multiple times is invalid',
    ],
    [
      '[[hosts]]\nroot = "a"',
      'statewire.toml:1 [[hosts]]: must have either name or names, such as name = "blog.example"',
    ],
    ['[[hosts]]\nname = "a"', 'statewire.toml:1 [[hosts]]: must have root'],
    [
      '[[hosts]]\nname = "a"\nroot = ""',
      'statewire.toml:3 root = "": must be the name of a folder, such as sites/blog',
    ],
    [
      '[[hosts]]\nname = "a.example:80"\nroot = "a"',
      'statewire.toml:2 name = "a.example:80": must be a host name or an IP address without a port, such as blog.example or *.blog.example',
    ],
    [
      '[[hosts]]\nname = "a.*.example"\nroot = "a"',
      'statewire.toml:2 name = "a.*.example": must be a host name or an IP address without a port, such as blog.example or *.blog.example',
    ],
    [
      '[[hosts]]\nnames = ["a", "*.192.0.2.1"]\nroot = "a"',
      'statewire.toml:2 names = "*.192.0.2.1": must be a host name or an IP address without a port, such as blog.example or *.blog.example',
    ],
    [
      '[[hosts]]\nname = "a"\nnames = ["b"]\nroot = "a"',
      'statewire.toml:1 [[hosts]]: must have either name or names, such as name = "blog.example"',
    ],
    [
      '[[hosts]]\nnames = []\nroot = "a"',
      'statewire.toml:2 names = []: must be a list of host names, such as ["blog.example", "*.blog.example"]',
    ],
    [
      '[[hosts]]\nnames = ["a", "b"]\nroot = "a"\n[[hosts]]\nname = "B"\nroot = "b"',
      'statewire.toml:5 name = "B": must be given once; it is already given by statewire.toml:2 names = "b"',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\nlist = "yes"',
      'statewire.toml:4 list = "yes": must be true or false',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\nindex-files = ["a", "b/c"]',
      'statewire.toml:4 index-files = "b/c": must be a file name without a folder, such as index.html',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\nsymlink = "never"',
      'statewire.toml:4 symlink = "never": is not a known key; did you mean symlinks?',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\n[[hosts]]\nname = "A"\nroot = "b"',
      'statewire.toml:5 name = "A": must be given once; it is already given by statewire.toml:2 name = "a"',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\n[[hosts.redirects]]\nmatch = "/"\nto = "/a"\nstatus = 1',
      'statewire.toml:7 status = 1: must be one of 301, 302, 307, 308',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\nport = 1',
      'statewire.toml:4 port = 1: must be at the top, for all hosts together',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\n[[hosts.header]]\nmatch = "/"',
      'statewire.toml:4 [[hosts.header]]: is not a known key; did you mean headers?',
    ],
    [
      '[[hosts]]\nname = "a"\nroot = "a"\nsingle = "/"',
      'statewire.toml:4 single = "/": must be the name of a file below the root, such as index.html',
    ],
    ['[hosts.a]\nroot = "a"', 'statewire.toml:1 [hosts.a]: must be a list, in TOML [[hosts]]'],
    [
      '[[host]]\nname = "a"',
      'statewire.toml:1 [[host]]: is not a known table; did you mean hosts?',
    ],
  ])('are refused: %j', async (toml, expected) => {
    expect(await messagesOf({ toml })).toEqual([expected])
  })

  it('report all issues together', async () => {
    const toml = [
      'workers = 0',
      '[[redirects]]',
      'match = "a"',
      'to = "b"',
      'status = 1',
      '[[cache]]',
      'mach = "/a"',
      '[[hosts]]',
      'name = "a b"',
      'root = 1',
      '[[hosts]]',
      'name = "c"',
      'root = "c"',
      '[[hosts]]',
      'name = "c"',
      'root = "c"',
    ].join('\n')
    const messages = await messagesOf({ toml, line: '--prot 1' })
    expect(messages.map(message => message.split(':').slice(0, 2).join(':').split(' ')[0])).toEqual(
      ['--prot', ...[1, 3, 4, 5, 6, 7, 9, 10, 15].map(line => `statewire.toml:${line}`)],
    )
  })
})

describe('single', () => {
  const tables = '[[single]]\nprefix = "/"\nfile = "a"\n[[single]]\nprefix = "/b"\nfile = "/b/c"\n'

  it('is one more rule', async () => {
    expect((await configOf({ toml: 'single = "a"' })).rules.singles).toEqual([
      { prefix: '/', file: '/a' },
    ])
    expect((await configOf({ toml: tables })).rules.singles).toEqual([
      { prefix: '/', file: '/a' },
      { prefix: '/b/', file: '/b/c' },
    ])
  })

  it.each([
    ['the flag', { line: '--single=x' }],
    ['the variable', { env: { STATEWIRE_SINGLE: 'x' } }],
  ])('from %s replaces the rule for / in the file', async (_, input) => {
    expect((await configOf({ toml: tables, ...input })).rules.singles).toEqual([
      { prefix: '/b/', file: '/b/c' },
      { prefix: '/', file: '/x' },
    ])
    expect((await configOf({ toml: 'single = "a"', ...input })).rules.singles).toEqual([
      { prefix: '/', file: '/x' },
    ])
  })
})

describe('pages of single-page applications', () => {
  const placesOf = ({ singlePages }: Config): string[] =>
    singlePages.map(({ file, named }) => `${file} ${named.location} ${named.value}`)

  it('are located where they are named', async () => {
    const toml = `[[single]]
prefix = "/"
file = "a"
[[single]]
prefix = "/b"
file = "/b/c"
[[hosts]]
name = "h"
root = "h"
single = "d"
[[hosts]]
name = "i"
root = "i"
[[hosts.single]]
prefix = "/x"
file = "e"
`
    const ofFile = [
      '/b/c statewire.toml:6 file = "/b/c"',
      '/d statewire.toml:10 single = "d"',
      '/e statewire.toml:16 file = "e"',
    ]
    expect(placesOf(await configOf({ toml }))).toEqual([
      '/a statewire.toml:3 file = "a"',
      ...ofFile,
    ])
    const [first, ...others] = ofFile
    expect(placesOf(await configOf({ toml, line: '--single=x' }))).toEqual([
      first,
      '/x --single x',
      ...others,
    ])
    expect(placesOf(await configOf({ toml: 'single = "a"' }))).toEqual([
      '/a statewire.toml:1 single = "a"',
    ])
    expect(placesOf(await configOf({ line: '--single' }))).toEqual([
      '/index.html --single index.html',
    ])
    expect(placesOf(await configOf({ env: { STATEWIRE_SINGLE: 'x' } }))).toEqual([
      '/x STATEWIRE_SINGLE x',
    ])
  })
})

describe('rules in code', () => {
  const from = (options: ConfigOptions): Config => parseOptions(options, environment, schemas)

  it('work as in the file', async () => {
    const cwd = temporaryFolder()
    const toml =
      '[[headers]]\nmatch = "/a"\nunset = ["ETag"]\n[[hosts]]\nname = "B.example"\nroot = "/b"\n[[hosts.single]]\nprefix = "/c"\nfile = "d"'
    const { rules, hosts } = await configOf({ cwd, toml })
    const config = from({
      rules: { headers: [{ match: '/a', unset: ['ETag'] }] },
      hosts: [{ name: 'B.example', root: '/b', single: [{ prefix: '/c', file: 'd' }] }],
    })
    expect({ rules: config.rules, hosts: config.hosts }).toEqual({ rules, hosts })
    expect(hosts[0]!.names).toEqual(['b.example'])
  })

  it.each([
    [{ rules: 5 }, 'rules 5: must be a table'],
    [{ rules: null }, 'rules null: must be a table'],
    [{ rules: { redirects: {} } }, 'rules.redirects {}: must be a list, in TOML [[redirects]]'],
    [{ rules: { redirect: [] } }, 'rules.redirect []: is not a known key; did you mean redirects?'],
    [
      { rules: { redirects: [{ match: '/a' }] } },
      "rules.redirects[0] { match: '/a' }: must have to",
    ],
    [
      { rules: { redirects: [{ match: '/a', to: '/b', status: 303 }] } },
      'rules.redirects[0].status 303: must be one of 301, 302, 307, 308',
    ],
    [
      { rules: { headers: [{ match: '/a', set: { 'X-A': 'a\r\nb' } }] } },
      "rules.headers[0].set.X-A 'a\\r\\nb': must be a header value, such as noindex",
    ],
    [{ hosts: {} }, 'hosts {}: must be a list, in TOML [[hosts]]'],
    [
      { hosts: [{ name: 'a', root: 'a', headers: 1 }] },
      'hosts[0].headers 1: must be a list, in TOML [[headers]]',
    ],
    [
      { hosts: [{ name: 'a', root: 'a', single: 'b/' }] },
      "hosts[0].single 'b/': must be the name of a file below the root, such as index.html",
    ],
    [{ rule: {} }, 'rule {}: is not a known option; did you mean rules?'],
    [
      { single: 'a', rules: { single: [{ prefix: '/', file: 'b' }] } },
      "single 'a': must not be combined with a rule for /",
    ],
  ])('are refused: %j', (options, expected) => {
    expect(optionMessages(options)).toEqual([expected])
  })

  it('are accepted or refused with ConfigError, whatever their value', () => {
    const keys = [
      'headers',
      'redirects',
      'rewrites',
      'cache',
      'single',
      'match',
      'to',
      'set',
      'unset',
      'name',
      'x',
    ]
    const leaf = fc.oneof(
      fc.constantFrom(null, 1, '', '/', '/**', '/:a', 'a', undefined),
      fc.string(),
    )
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof({ depthSize: 'medium' }, leaf, tie('list'), tie('table')),
      list: fc.array(tie('tree'), { maxLength: 3 }),
      table: fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(tree, tree, (rules, hosts) => {
        try {
          parseOptions({ rules, hosts } as ConfigOptions, environment, schemas)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
