import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import type { RuleOptions } from '../../src/server/config/rule-options.ts'
import { RawClient } from '../raw-client.ts'
import { serving } from './serving.ts'
import { type Tree, temporaryFolder } from './temporary-folder.ts'

const NAVIGATION = ['Accept: text/html']

type Get = (path: string, lines?: readonly string[]) => Promise<ReceivedResponse>

/** Serves a site with these rules. Each path is requested twice: the second may be cached. */
async function siteWith(rules: RuleOptions, tree: Tree): Promise<Get> {
  const { url } = await serving({ root: temporaryFolder(tree), rules })
  const client = await RawClient.connect(Number(new URL(url).port))
  onTestFinished(() => void client.socket.destroy())
  return async (path, lines = []) => {
    const request = [`GET ${path} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n')
    const [first, again] = [await client.request(request), await client.request(request)]
    const lasting = ({ fields }: ReceivedResponse) => fields.filter(([name]) => name !== 'Date')
    expect([again.status, lasting(again)]).toEqual([first.status, lasting(first)])
    return again
  }
}

describe('header rules', () => {
  it('add up, and match the URL or the file served', async () => {
    const get = await siteWith(
      {
        headers: [
          { match: '/**', set: { 'X-All': '1', 'X-Which': 'all' } },
          { match: '/**/*.html', set: { 'X-Page': '1', 'X-Which': 'page' } },
          { match: '/docs/', unset: ['X-All'] },
        ],
      },
      { 'index.html': 'a', 'about.html': 'b', 'docs/index.html': 'c', 'a.js': 'd' },
    )
    const headersOf = async (path: string): Promise<readonly (string | undefined)[]> => {
      const { field } = await get(path)
      return ['x-all', 'x-page', 'x-which'].map(name => field(name))
    }
    expect(await headersOf('/')).toEqual(['1', '1', 'page'])
    expect(await headersOf('/about')).toEqual(['1', '1', 'page'])
    expect(await headersOf('/docs/')).toEqual([undefined, '1', 'page'])
    expect(await headersOf('/a.js')).toEqual(['1', undefined, 'all'])
    expect(await headersOf('/missing')).toEqual(['1', undefined, 'all'])
  })

  it('match the page of an error', async () => {
    const headers = [{ match: '/404.html', set: { 'X-Error': '1' } }]
    const get = await siteWith({ headers }, { '404.html': 'nothing' })
    expect((await get('/missing')).field('x-error')).toBe('1')
  })
})

describe('Cache-Control by rules', () => {
  const tree = { 'index.html': 'page', 'assets/a.js': 'script', '404.html': 'nothing' }

  it('is not put on errors, unless the rule has the status', async () => {
    const get = await siteWith(
      {
        headers: [{ match: '/assets/**', set: { 'Cache-Control': 'public, max-age=600' } }],
        cache: [
          { match: '/gone/**', seconds: 60, status: 404 },
          { match: '/**', seconds: 3600 },
        ],
      },
      tree,
    )
    const controlOf = async (path: string): Promise<string | undefined> =>
      (await get(path)).field('cache-control')
    expect(await controlOf('/assets/a.js')).toBe('public, max-age=600')
    expect(await controlOf('/assets/b.js')).toBe('no-cache')
    expect(await controlOf('/gone/a')).toBe('public, max-age=60')
    expect(await controlOf('/missing')).toBe('no-cache')
    expect(await controlOf('/')).toBe('public, max-age=3600')
  })

  it('goes by the file on the page of a single-page application', async () => {
    const get = await siteWith(
      {
        single: 'index.html',
        headers: [{ match: '/app/**', set: { 'X-App': '1' } }],
        cache: [
          { match: '/app/**', seconds: 31_536_000 },
          { match: '/**/*.html', control: 'no-store' },
        ],
      },
      { ...tree, 'app/a.js': 'script' },
    )
    const fallback = await get('/app/users', NAVIGATION)
    expect([fallback.status, fallback.field('cache-control')]).toEqual([200, 'no-store'])
    expect(fallback.field('x-app')).toBe('1')
    expect((await get('/app/a.js')).field('cache-control')).toBe('public, max-age=31536000')
  })

  it('goes by the file on that page also in a header rule', async () => {
    const get = await siteWith(
      {
        single: 'index.html',
        headers: [
          { match: '/app/**', set: { 'Cache-Control': 'public, max-age=600', 'X-App': '1' } },
          { match: '/index.*', set: { 'CDN-Cache-Control': 'max-age=5' } },
        ],
      },
      { ...tree, 'app/a.js': 'script' },
    )
    const { field } = await get('/app/users', NAVIGATION)
    const names = ['cache-control', 'cdn-cache-control', 'x-app']
    expect(names.map(name => field(name))).toEqual(['no-cache', 'max-age=5', '1'])
    expect((await get('/app/a.js')).field('cache-control')).toBe('public, max-age=600')
  })
})
