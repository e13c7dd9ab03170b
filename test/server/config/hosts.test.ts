import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../src/server/config/load-config.ts'
import * as schemas from '../../../src/server/config/rules-schema.ts'
import { configOf, load, temporaryFolder } from './load.ts'

const TOML = `
list = true
cors = ["https://a.example"]
cache = 60
single = "app.html"
[[headers]]
match = "/**"
set = { X-A = "1" }
[[redirects]]
match = "/a"
to = "/b"
[[hosts]]
name = "one.example"
root = "one"
[[hosts]]
names = ["two.example", "*.Two.example"]
root = "two"
list = false
cors = false
cache = 0
index-files = "home.html"
single = "two.html"
redirects = []
[[hosts.headers]]
match = "/**"
set = { X-B = "1" }
`

describe('hosts', () => {
  it('inherit the settings and rules of the top, and replace those that they have', async () => {
    const { rules, hosts } = await configOf({ toml: TOML })
    const [one, two] = hosts
    expect(one).toMatchObject({ names: ['one.example'] })
    expect(one!.settings).toMatchObject({
      list: true,
      cors: ['https://a.example'],
      cacheSeconds: 60,
      indexFiles: ['index.html'],
    })
    expect(one!.rules).toMatchObject({ headers: rules.headers, redirects: rules.redirects })
    expect(one!.rules.singles).toEqual([{ prefix: '/', file: '/app.html', isInherited: true }])
    expect(two).toMatchObject({ names: ['two.example', '*.two.example'] })
    expect(two!.settings).toMatchObject({ list: false, cacheSeconds: 0, indexFiles: ['home.html'] })
    expect(two!.settings.cors).toBeUndefined()
    expect(two!.rules.headers.map(({ set }) => set)).toEqual([[['X-B', '1']]])
    expect(two!.rules.redirects).toEqual([])
    expect(two!.rules.singles).toEqual([{ prefix: '/', file: '/two.html' }])
  })

  it('inherit what flags and variables set, but not instead of what they have', async () => {
    const { hosts } = await configOf({
      toml: TOML,
      line: '--no-list --single=flag.html',
      env: { STATEWIRE_SYMLINKS: 'never' },
    })
    const [one, two] = hosts
    expect(one!.settings).toMatchObject({ list: false, symlinks: 'never' })
    expect(one!.rules.singles).toMatchObject([{ file: '/flag.html' }])
    expect(two!.settings).toMatchObject({ list: false, symlinks: 'never' })
    expect(two!.rules.singles).toMatchObject([{ file: '/two.html' }])
  })

  it('have the same settings in code, by their names there', () => {
    const { hosts } = parseOptions(
      {
        list: true,
        cors: ['*'],
        hosts: [{ name: 'a', root: '/a', list: false, cors: false, indexFiles: ['b.html'] }],
      },
      { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1064 },
      schemas,
    )
    expect(hosts[0]!.settings).toMatchObject({ list: false, indexFiles: ['b.html'] })
    expect(hosts[0]!.settings.cors).toBeUndefined()
  })

  it('reach workers whole, although JSON has no undefined', async () => {
    const { hosts } = await configOf({ toml: TOML })
    expect(JSON.parse(JSON.stringify(hosts))).toEqual(hosts)
  })

  it('have roots whose places are known', async () => {
    const cwd = temporaryFolder()
    const result = await load({ cwd, toml: TOML, line: 'site' })
    if (result.kind !== 'run') throw new Error(result.kind)
    expect([...result.rootLocations]).toEqual([
      [join(cwd, 'one'), 'statewire.toml:14 root = "one"'],
      [join(cwd, 'two'), 'statewire.toml:17 root = "two"'],
      [join(cwd, 'site'), 'ROOT site'],
    ])
  })
})
