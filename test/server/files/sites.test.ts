import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Event, type RequestHead, RequestParser } from '../../../src/parser/index.ts'
import { NO_RULES } from '../../../src/response/site-rules.ts'
import { siteSettingsOf } from '../../../src/server/config/config.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { Sites } from '../../../src/server/files/sites.ts'
import { configWith } from '../fake-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const NAMES = ['a.example', 'b.example', '192.0.2.7', '::1', 'xn--bcher-kva.example']

function headOf(target: string, host: string | undefined): RequestHead {
  const parser = new RequestParser()
  const line = host === undefined ? '' : `Host: ${host}\r\n`
  parser.feed(Buffer.from(`GET ${target} HTTP/1.0\r\n${line}\r\n`))
  expect(parser.next()).toBe(Event.Head)
  return parser.head
}

type SitesOptions = Partial<{ unknownHosts: 'default' | 'refuse'; names: readonly string[] }>

async function openSites({ unknownHosts = 'refuse', names = NAMES }: SitesOptions = {}) {
  const folder = temporaryFolder(
    Object.fromEntries([...names, 'main'].map(name => [`${name}/`, ''])),
  )
  const top = configWith({ root: join(folder, 'main') })
  const hosts = names.map(name => ({
    names: [name],
    root: join(folder, name),
    rules: { ...NO_RULES },
    settings: siteSettingsOf(top),
  }))
  const config = { ...top, hosts, unknownHosts }
  const sites = await Sites.of(config, { fileSystem: nodeFileSystem, clock: systemClock })
  /** Returns the name of the site that a request is for. */
  const siteOf = (host: string | undefined, target = '/'): string => {
    const isPath = target.startsWith('/')
    const site = sites.of(isPath ? ({ authority: host } as RequestHead) : headOf(target, host))
    if (site === undefined) return 'refused'
    return (
      hosts.find(({ rules }) => rules === site.rules)?.names[0] ??
      (site === sites.main ? 'main' : 'another')
    )
  }
  return { folder, siteOf, config }
}

describe('Sites', () => {
  it.each([
    ['a.example', 'a.example'],
    ['b.example', 'b.example'],
    ['a.example:4221', 'a.example'],
    ['a.example:', 'a.example'],
    ['A.eXample', 'a.example'],
    ['a.example.', 'a.example'],
    ['A.EXAMPLE.:80', 'a.example'],
    ['192.0.2.7:80', '192.0.2.7'],
    ['[::1]', '::1'],
    ['[::1]:4221', '::1'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('finds the site of the host %s', async (host, expected) => {
    expect((await openSites()).siteOf(host)).toBe(expected)
  })

  it.each([
    ['c.example'],
    ['a.example.evil.example'],
    ['evil-a.example'],
    ['example'],
    ['a.example..'],
    ['.a.example'],
    ['[::2]'],
    ['[a.example]x'],
    ['::1'],
    [''],
    ['.'],
    [':80'],
    ['constructor'],
    [undefined],
  ])('finds no site of the host %s', async host => {
    // The parser accepts only an address in brackets, so this name cannot occur.
    const expected = host?.startsWith('[a.example]') ? 'a.example' : 'refused'
    expect((await openSites()).siteOf(host)).toBe(expected)
  })

  it('serves unknown hosts from the main site with unknownHosts: default', async () => {
    const { siteOf } = await openSites({ unknownHosts: 'default' })
    expect(siteOf('c.example')).toBe('main')
    expect(siteOf(undefined)).toBe('main')
    expect(siteOf('a.example')).toBe('a.example')
  })

  it('serves every host from the main site if no hosts are configured', async () => {
    const { siteOf } = await openSites({ names: [] })
    for (const host of ['c.example', '', undefined]) expect(siteOf(host)).toBe('main')
  })

  it.each([
    ['http://b.example', 'b.example'],
    ['http://b.example/', 'b.example'],
    ['http://B.example:8080/a?b', 'b.example'],
    ['http://b.example?//a.example/', 'b.example'],
    ['https://[::1]:80/', '::1'],
    ['http://c.example/', 'refused'],
  ])(
    'prefers the host in the absolute-form to Host: %s (RFC 9112 §3.2.2)',
    async (target, expected) => {
      const { siteOf } = await openSites()
      expect(siteOf('a.example', target)).toBe(expected)
      expect(siteOf(undefined, target)).toBe(expected)
    },
  )

  it.each([
    ['www.d.example', '*.d.example'],
    ['a.b.D.example:80', '*.d.example'],
    ['x.sub.d.example', '*.sub.d.example'],
    ['own.d.example', 'own.d.example'],
    ['d.example', 'refused'],
    ['.d.example', 'refused'],
    ['evild.example', 'refused'],
    [`${'a.'.repeat(130)}d.example`, 'refused'],
  ])('finds the site of the longest name with a star: %s', async (host, expected) => {
    const { siteOf } = await openSites({
      names: ['*.d.example', 'own.d.example', '*.sub.d.example'],
    })
    expect(siteOf(host)).toBe(expected)
  })

  it('finds a site by each of its names', async () => {
    const { config, folder } = await openSites({ names: ['a.example'] })
    const hosts = [{ ...config.hosts[0]!, names: ['a.example', 'www.a.example'] }]
    const platform = { fileSystem: nodeFileSystem, clock: systemClock }
    const sites = await Sites.of({ ...config, hosts }, platform)
    const of = (host: string) => sites.of(headOf('/', host))
    expect(of('www.a.example')).toBe(of('a.example'))
    expect(of('a.example')?.root.path).toBe(join(folder, 'a.example'))
  })

  it('finds a site in time linear in the length of Host', async () => {
    const { siteOf } = await openSites()
    const startMs = performance.now()
    for (const character of ['[', ':', '.', 'a', ']']) siteOf(character.repeat(100_000))
    expect(performance.now() - startMs).toBeLessThan(500)
  })

  it('rejects if a root does not exist', async () => {
    const { config, folder } = await openSites({ names: ['a.example'] })
    const hosts = [{ ...config.hosts[0]!, root: join(folder, 'missing') }]
    const platform = { fileSystem: nodeFileSystem, clock: systemClock }
    await expect(Sites.of({ ...config, hosts }, platform)).rejects.toMatchObject({
      name: 'RootError',
      code: 'ENOENT',
      root: join(folder, 'missing'),
      message: `the root ${join(folder, 'missing')}: there is no such folder`,
    })
  })
})
