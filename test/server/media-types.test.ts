import { describe, expect, it } from 'vitest'
import { serving } from './serving.ts'
import { temporaryFolder } from './temporary-folder.ts'

const TEXT = 'a line of text\n'.repeat(200)

async function typesOf(url: string, paths: readonly string[]): Promise<readonly (string | null)[]> {
  const types: (string | null)[] = []
  for (const path of paths) types.push((await fetch(url + path)).headers.get('content-type'))
  return types
}

describe('media types of served files', () => {
  it('are those of names without an extension, and of well-known URIs', async () => {
    const root = temporaryFolder({
      LICENSE: TEXT,
      'a/Dockerfile': TEXT,
      'apple-app-site-association': '{}',
      '.well-known/matrix/server': '{}',
      'x/webfinger': '{}',
    })
    const { url } = await serving({ root })
    const paths = ['/LICENSE', '/a/Dockerfile', '/apple-app-site-association']
    expect(await typesOf(url, [...paths, '/.well-known/matrix/server', '/x/webfinger'])).toEqual([
      'text/plain; charset=utf-8',
      'text/plain; charset=utf-8',
      'application/json',
      'application/json',
      'application/octet-stream',
    ])
    const { headers } = await fetch(`${url}/LICENSE`, { headers: { 'accept-encoding': 'gzip' } })
    expect(headers.get('vary')).toBe('Accept-Encoding')
  })

  it('are those of rules, by name and by path, with their charset', async () => {
    const root = temporaryFolder({
      'a.foo': TEXT,
      'lib.d.ts': TEXT,
      'lib.ts': TEXT,
      BUILD: TEXT,
      'old/a.html': '<p>\xe9',
      'new/a.html': '<p>é',
      '404.html': '<p>\xe9',
    })
    const latin = 'text/html; charset=windows-1252'
    const { url } = await serving({
      root,
      rules: {
        types: [
          { extensions: ['FOO', 'd.ts'], type: 'text/x-foo' },
          { names: ['build'], type: 'text/x-build; charset=utf-8' },
        ],
        headers: [
          { match: '/**/*.html', type: latin },
          { match: '/new/**', type: 'text/html; charset=utf-8' },
        ],
      },
    })
    const paths = ['/a.foo', '/lib.d.ts', '/lib.ts', '/BUILD', '/old/a', '/new/a', '/missing']
    expect(await typesOf(url, paths)).toEqual([
      'text/x-foo',
      'text/x-foo',
      'video/mp2t',
      'text/x-build; charset=utf-8',
      latin,
      'text/html; charset=utf-8',
      latin,
    ])
  })

  it('of rules decide what is compressed, and the types of parts', async () => {
    const root = temporaryFolder({ 'a.foo': TEXT, 'b.foo': TEXT })
    const { url } = await serving({
      root,
      rules: {
        types: [{ extensions: ['foo'], type: 'application/x-foo' }],
        headers: [{ match: '/a.foo', type: 'text/x-foo' }],
      },
    })
    const varyOf = async (path: string): Promise<string | null> =>
      (await fetch(url + path, { headers: { 'accept-encoding': 'gzip' } })).headers.get('vary')
    expect([await varyOf('/a.foo'), await varyOf('/b.foo')]).toEqual(['Accept-Encoding', null])
    const headers = { range: 'bytes=0-1,100-101' }
    expect(await (await fetch(`${url}/a.foo`, { headers })).text()).toContain('text/x-foo')
  })
})
