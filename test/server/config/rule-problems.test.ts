import { describe, expect, it } from 'vitest'
import { configOf, messagesOf } from './load.ts'

type Table = Readonly<Record<string, unknown>>

/** Writes tables as TOML, each value on its own line. */
function tomlOf(...tables: readonly (readonly [name: string, table: Table])[]): string {
  const toText = (value: unknown): string =>
    typeof value === 'object' && !Array.isArray(value)
      ? `{ ${Object.entries(value as object).map(([key, part]) => `${key} = ${JSON.stringify(part)}`)} }`
      : JSON.stringify(value)
  return tables
    .flatMap(([name, table]) => [
      `[[${name}]]`,
      ...Object.entries(table).map(([key, value]) => `${key} = ${toText(value)}`),
    ])
    .join('\n')
}

const redirect = (match: string, to: string) => ['redirects', { match, to }] as const
const rewrite = (match: string, to: string) => ['rewrites', { match, to }] as const
const cache = (match: string, more: Table = { seconds: 1 }) =>
  ['cache', { match, ...more }] as const
const header = (match: string, set: Table, more: Table = {}) =>
  ['headers', { match, set, ...more }] as const

const LATE = 'which applies to all that it matches'

describe('rules that can never apply', () => {
  it.each([
    [
      'cache, after a wider one',
      tomlOf(cache('/**'), cache('/img/**')),
      `statewire.toml:5 match = "/img/**": must not come after statewire.toml:2 match = "/**", ${LATE}`,
    ],
    [
      'cache, after the same',
      tomlOf(cache('/a/:b'), cache('/a/*')),
      `statewire.toml:5 match = "/a/*": must not come after statewire.toml:2 match = "/a/:b", ${LATE}`,
    ],
    [
      'cache for errors, after all errors',
      tomlOf(
        cache('/**', { seconds: 1, status: [404, 500] }),
        cache('/a', { seconds: 2, status: 404 }),
      ),
      `statewire.toml:6 match = "/a": must not come after statewire.toml:2 match = "/**", ${LATE}`,
    ],
    [
      'redirects',
      tomlOf(redirect('/old/**', '/new/:splat'), redirect('/old/a', '/b')),
      `statewire.toml:5 match = "/old/a": must not come after statewire.toml:2 match = "/old/**", ${LATE}`,
    ],
    [
      'rewrites',
      tomlOf(rewrite('/app/**', '/app.html'), rewrite('/app/:x', '/x/:x')),
      `statewire.toml:5 match = "/app/:x": must not come after statewire.toml:2 match = "/app/**", ${LATE}`,
    ],
    [
      'a rewrite of what is redirected',
      tomlOf(redirect('/old/**', '/new/:splat'), rewrite('/old/a', '/b')),
      `statewire.toml:5 match = "/old/a": must not come after statewire.toml:2 match = "/old/**", ${LATE}`,
    ],
    [
      'single',
      tomlOf(['single', { prefix: '/a', file: 'b' }], ['single', { prefix: '/a/', file: 'c' }]),
      `statewire.toml:5 prefix = "/a/": must not come after statewire.toml:2 prefix = "/a", ${LATE}`,
    ],
    [
      'types',
      tomlOf(
        ['types', { extensions: ['ts'], type: 'a/b' }],
        ['types', { extensions: ['x', 'D.ts'], type: 'a/c' }],
      ),
      `statewire.toml:5 extensions = "D.ts": must not come after statewire.toml:3 type = "a/b", ${LATE}`,
    ],
    [
      'a header that a later rule replaces',
      tomlOf(header('/a/**', { 'X-A': '1', 'X-B': '1' }), header('/**', { 'x-a': '2' })),
      'statewire.toml:3 X-A = "1": must not come before statewire.toml:5 match = "/**", which sets or removes it for all these paths',
    ],
    [
      'in a host, with its lines',
      `[[hosts]]\nname = "a"\nroot = "a"\n${tomlOf(['hosts.cache', { match: '/**', seconds: 1 }], ['hosts.cache', { match: '/a', seconds: 1 }])}`,
      `statewire.toml:8 match = "/a": must not come after statewire.toml:5 match = "/**", ${LATE}`,
    ],
    [
      'a redirect to itself',
      tomlOf(redirect('/a/**', '/a/:splat')),
      'statewire.toml:3 to = "/a/:splat": must lead elsewhere: it is the requested URL itself',
    ],
    [
      'a redirect to itself but for the fragment',
      tomlOf(redirect('/a', '/a#b')),
      'statewire.toml:3 to = "/a#b": must lead elsewhere: it is the requested URL itself',
    ],
    [
      'a redirect below itself',
      tomlOf(redirect('/a/**', '/a/b/:splat')),
      'statewire.toml:3 to = "/a/b/:splat": must not lead in a circle, as /a/x-1 to /a/b/x-1 to /a/b/b/x-1 does',
    ],
    [
      'a rewrite to a hidden name',
      tomlOf(rewrite('/a/**', '/.git/:splat')),
      'statewire.toml:3 to = "/.git/:splat": must be a path that is served: names with a dot first are not',
    ],
  ])('are reported: %s', async (_, toml, message) => {
    expect(await messagesOf({ toml })).toEqual([message])
  })

  it('are reported, each in a circle of redirects', async () => {
    const messages = await messagesOf({ toml: tomlOf(redirect('/a', '/b'), redirect('/b', '/a')) })
    expect(messages).toEqual([
      'statewire.toml:3 to = "/b": must not lead in a circle, as /a to /b to /a does',
      'statewire.toml:6 to = "/a": must not lead in a circle, as /b to /a to /b does',
    ])
  })

  it.each([
    ['/{js,css}/**', /^must not contain \{ or }/],
    ['/*.{js,css}', /^must not contain \{ or }/],
    ['/[a-z]/**', /^must not contain \[ or ]/],
    ['/posts/[slug]', /^must not contain \[ or ]/],
    ['/a|b', /^must not contain \|/],
    ['/(a|b)', /^must not contain \|/],
    ['/a/(.*)', /^must be a path with \*, \*\* and :name, not a regular expression/],
    ['/a$', /^must be a path with \*, \*\* and :name, not a regular expression/],
    ['/.git/**', /^must not have a segment that begins with a dot/],
    ['/a/.*', /^must not have a segment that begins with a dot/],
    ['/a/.well-known/x', /^must not have a segment that begins with a dot/],
  ])('are reported for a match that is not what it looks like: %s', async (match, reason) => {
    for (const table of [cache(match), header(match, { 'X-A': '1' }), redirect(match, '/b')]) {
      const [message = ''] = await messagesOf({ toml: tomlOf(table) })
      const start = `statewire.toml:2 match = ${JSON.stringify(match)}: `
      expect(message.slice(0, start.length)).toBe(start)
      expect(message.slice(start.length)).toMatch(reason)
    }
  })

  it.each([
    ['600', 'must have directives for responses, not 600'],
    ['nostore', 'must have directives for responses, not nostore; did you mean no-store?'],
    ['s-max-age=1', 'must have directives for responses, not s-max-age; did you mean s-maxage?'],
    ['only-if-cached', 'must have directives for responses, not only-if-cached'],
    ['max-age', 'must give max-age in seconds, such as max-age=600'],
    ['max-age=1h', 'must give max-age in seconds, such as max-age=600'],
    ['max-age=-1', 'must give max-age in seconds, such as max-age=600'],
    ['public; max-age=1', 'must be a list of directives, such as public, max-age=600'],
    ['max-age=1 public', 'must be a list of directives, such as public, max-age=600'],
    ['no-store=1', 'must have no-store without a value'],
    ['max-age=1, Max-Age=2', 'must have max-age once'],
    ['', 'must be a Cache-Control value, such as no-store'],
  ])('are reported for a value that is no Cache-Control: %j', async (value, message) => {
    const inRule = await messagesOf({ toml: tomlOf(cache('/a', { control: value })) })
    expect(inRule).toEqual([`statewire.toml:3 control = ${JSON.stringify(value)}: ${message}`])
    const [inHeader] = await messagesOf({ toml: tomlOf(header('/a', { 'cache-control': value })) })
    expect(inHeader).toContain(`cache-control = ${JSON.stringify(value)}: ${message}`)
  })
})

describe('rules that may apply', () => {
  it.each([
    ['the narrow one first', tomlOf(cache('/img/**'), cache('/**'))],
    ['other statuses', tomlOf(cache('/**', { seconds: 1, status: 404 }), cache('/a'))],
    ['overlapping', tomlOf(cache('/*.js'), cache('/app*'))],
    [
      'a redirect that is skipped at its own target',
      tomlOf(redirect('/docs/**', '/docs/start'), redirect('/docs/start', '/x')),
    ],
    ['a redirect that only adds a query', tomlOf(redirect('/a', '/a?b'))],
    ['a redirect to the same path elsewhere', tomlOf(redirect('/**', 'https://a.example/:splat'))],
    ['a chain of redirects', tomlOf(redirect('/a', '/b'), redirect('/b', '/c'))],
    [
      'a rewrite that is skipped for hidden names',
      tomlOf(rewrite('/:a/x', '/b/:a'), rewrite('/.well-known/x', '/y')),
    ],
    ['a rewrite to itself, before others', tomlOf(rewrite('/a/b', '/a/b'), rewrite('/a/**', '/c'))],
    [
      'an exception from a header',
      tomlOf(header('/**', { 'X-A': '1' }), header('/a', { 'X-A': '2' })),
    ],
    [
      'a header for one status',
      tomlOf(header('/**', { 'X-A': '1' }), header('/**', { 'X-A': '2' }, { status: 404 })),
    ],
    [
      'Cache-Control of an error, before that of files',
      tomlOf(
        header('/**', { 'Cache-Control': 'no-store' }, { status: 404 }),
        header('/**', { 'Cache-Control': 'no-cache' }),
      ),
    ],
    ['literal braces', tomlOf(cache('/%7Ba%7D/%5Bb%5D'))],
    ['dots within names', tomlOf(cache('/a.*'), cache('/.well-known/**'))],
    ['literal parentheses', tomlOf(cache('/photo (1).jpg'))],
    [
      'Cache-Control with fields',
      tomlOf(cache('/a', { control: 'private="a, b", no-cache, Stale-If-Error=5' })),
    ],
  ])('are accepted: %s', async (_, toml) => {
    await configOf({ toml })
  })

  it('are checked in little time, also if there are many', async () => {
    const caches = Array.from({ length: 100 }, (_, n) => cache(`/**/a*${n + 100}*/:x/*.js`))
    const startMs = performance.now()
    await configOf({ toml: tomlOf(...caches) })
    expect(performance.now() - startMs).toBeLessThan(2000)
  })
})
