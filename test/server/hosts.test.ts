import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { listingBytesMax } from '../../src/server/files/memory-shares.ts'
import type { ServeOptions } from '../../src/server/serve.ts'
import { RawClient } from '../raw-client.ts'
import { configWith } from './fake-server.ts'
import { serving } from './serving.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Get = (host: string, path: string, lines?: readonly string[]) => Promise<ReceivedResponse>

async function sitesOf(
  options: Omit<ServeOptions, 'hosts'>,
  hosts: ServeOptions['hosts'],
): Promise<Get> {
  const { url } = await serving({ ...options, hosts })
  const client = await RawClient.connect(Number(new URL(url).port))
  onTestFinished(() => void client.socket.destroy())
  return (host, path, lines = []) =>
    client.request([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n'))
}

describe('the settings of a host', () => {
  it('are its own, or those of the top', async () => {
    const folder = temporaryFolder({
      'main/sub/a.txt': 'a',
      'one/sub/a.txt': 'a',
      'two/sub/home.html': 'home',
      'two/page.html': 'page',
    })
    const get = await sitesOf(
      { root: `${folder}/main`, list: true, cors: ['*'], securityHeaders: true, cacheSeconds: 60 },
      [
        { name: 'one.example', root: `${folder}/one`, endpoints: ['echo'] },
        {
          names: ['two.example', '*.two.example'],
          root: `${folder}/two`,
          list: false,
          cors: false,
          securityHeaders: false,
          cacheSeconds: 0,
          cleanUrls: false,
          indexFiles: ['home.html'],
          contentSecurityPolicy: "default-src 'self'",
        },
      ],
    )
    const fieldsOf = ({ status, field }: ReceivedResponse): readonly unknown[] => [
      status,
      field('Access-Control-Allow-Origin'),
      field('X-Frame-Options'),
      field('Content-Security-Policy'),
      field('Cache-Control'),
    ]
    expect(fieldsOf(await get('one.example', '/sub/a.txt'))).toEqual([
      ...[200, '*', 'SAMEORIGIN', undefined, 'public, max-age=60'],
    ])
    for (const host of ['two.example', 'www.two.example'])
      expect(fieldsOf(await get(host, '/sub/'))).toEqual([
        ...[200, undefined, undefined, "default-src 'self'", 'public, max-age=0'],
      ])
    expect((await get('one.example', '/sub/')).status).toBe(200)
    expect((await get('two.example', '/')).status).toBe(404)
    expect((await get('two.example', '/page')).status).toBe(404)
    expect((await get('two.example', '/page.html')).text).toBe('page')
    expect((await get('one.example', '/echo/x')).text).toBe('x')
    expect((await get('other.example', '/echo/x')).status).toBe(404)
  })

  it('include the rules of the top; an inherited page counts where it exists', async () => {
    const folder = temporaryFolder({
      'main/app.html': 'main',
      'main/admin/app.html': 'main admin',
      'one/app.html': 'one',
      'two/a.txt': 'two',
    })
    const get = await sitesOf(
      {
        root: `${folder}/main`,
        rules: {
          headers: [{ match: '/**', set: { 'X-Top': '1' } }],
          single: [
            { prefix: '/', file: 'app.html' },
            { prefix: '/admin/', file: 'admin/app.html' },
          ],
        },
      },
      [
        { name: 'one.example', root: `${folder}/one` },
        {
          name: 'two.example',
          root: `${folder}/two`,
          headers: [{ match: '/**', set: { 'X-Two': '1' } }],
        },
      ],
    )
    const summary = async (host: string, path: string): Promise<readonly unknown[]> => {
      const { status, text, field } = await get(host, path, ['Accept: text/html'])
      return [status, status === 200 ? text : '', field('X-Top'), field('X-Two')]
    }
    for (let n = 0; n < 2; n++) {
      expect(await summary('a', '/admin/x')).toEqual([200, 'main admin', '1', undefined])
      expect(await summary('one.example', '/admin/x')).toEqual([200, 'one', '1', undefined])
      expect(await summary('one.example', '/x')).toEqual([200, 'one', '1', undefined])
      expect(await summary('two.example', '/x')).toEqual([404, '', undefined, '1'])
    }
  })

  it('decide on its uploads and preflights', async () => {
    const folder = temporaryFolder({ 'main/': '', 'one/a.txt': 'a', 'two/a.txt': 'a' })
    const { url } = await serving({
      root: `${folder}/main`,
      uploadBytesMax: 100,
      handlers: { '/handler': (_, reply) => reply.send('handler') },
      hosts: [
        {
          name: 'one.example',
          root: `${folder}/one`,
          endpoints: ['files'],
          uploadBytesMax: 3,
          uploadConflict: 'refuse',
          cors: ['https://one.example'],
        },
        { name: '*.two.example', root: `${folder}/two`, endpoints: ['files'] },
      ],
    })
    const statusOf = async (method: string, host: string, path: string, body = '') => {
      const client = await RawClient.connect(Number(new URL(url).port))
      const lines = [
        `${method} ${path} HTTP/1.1`,
        `Host: ${host}`,
        `Content-Length: ${body.length}`,
        ...(method === 'OPTIONS'
          ? ['Origin: https://one.example', 'Access-Control-Request-Method: PUT']
          : []),
      ]
      const { status } = await client.request(`${lines.join('\r\n')}\r\n\r\n${body}`)
      client.socket.destroy()
      return status
    }
    expect(await statusOf('PUT', 'one.example', '/files/b.txt', 'abc')).toBe(201)
    expect(await statusOf('PUT', 'one.example', '/files/c.txt', 'abcd')).toBe(413)
    expect(await statusOf('PUT', 'one.example', '/files/a.txt', 'b')).toBe(409)
    expect(await statusOf('PUT', 'www.two.example', '/files/c.txt', 'abcd')).toBe(201)
    expect(await statusOf('PUT', 'www.two.example', '/files/a.txt', 'b')).toBe(204)
    expect(await statusOf('PUT', 'localhost', '/files/a.txt', 'b')).toBe(405)
    expect(await statusOf('OPTIONS', 'one.example', '/files/a.txt')).toBe(204)
    expect(await statusOf('OPTIONS', 'one.example', '/handler')).toBe(204)
    expect(await statusOf('OPTIONS', 'localhost', '/handler')).toBe(200)
  })

  it('require the pages of single-page applications that it has itself', async () => {
    const folder = temporaryFolder({ 'main/app.html': '', 'one/': '' })
    const options = (single?: string): ServeOptions => ({
      root: `${folder}/main`,
      rules: { single: 'app.html' },
      hosts: [{ name: 'one.example', root: `${folder}/one`, ...(single && { single }) }],
    })
    await serving(options())
    await expect(serving(options('app.html'))).rejects.toThrow(/hosts\[0\]\.single/)
  })

  it('include its symlinks, also for the page of a single-page application', async () => {
    const folder = temporaryFolder({
      'main/': '',
      'outside.html': 'outside',
      'one/app.html': { link: '../outside.html' },
    })
    const one = { name: 'one.example', root: `${folder}/one`, single: 'app.html' }
    const get = await sitesOf({ root: `${folder}/main` }, [{ ...one, symlinks: 'anywhere' }])
    expect((await get('one.example', '/x')).text).toBe('outside')
    const hosts = [{ ...one, symlinks: 'never' as const }]
    await expect(serving({ root: `${folder}/main`, hosts })).rejects.toThrow('hosts[0].single')
  })

  it('include listings, which get their memory', () => {
    const host = { name: 'one.example', root: '.' }
    expect(listingBytesMax(configWith({ hosts: [{ ...host, list: true }] }))).toBeGreaterThan(0)
    expect(listingBytesMax(configWith({ hosts: [host] }))).toBe(0)
  })
})
