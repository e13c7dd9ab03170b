import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Config, configNames } from '../../../src/server/config/config.ts'
import { kebabName } from '../../../src/server/config/settings.ts'
import { configOf, type Input, messagesOf, printedBy, temporaryFolder } from './load.ts'

const rules = `
single = [{ prefix = "/", file = "a" }, { prefix = "/50%25%2A:%23", file = "b/c" }]
[[headers]]
match = "/a/**/*.js"
set = { X-Team = 'w"eb\\', "x!y" = "" }
[[headers]]
match = "/:b/%2A%3A"
unset = ["Last-Modified", "ETag"]
status = [404, 410]
[[headers]]
match = "/c"
type = 'text/html; charset="x"'
[[types]]
extensions = ["Foo", "d.ts"]
type = "text/plain"
[[types]]
names = ["BUILD"]
type = "text/plain; charset=utf-8"
[[redirects]]
match = "/old/**"
to = "https://b.example/é/:splat?a=:splat#b"
status = 302
[[redirects]]
match = "/"
to = "/a?"
[[rewrites]]
match = "/:a/:b"
to = "/:b/:a.html"
[[cache]]
match = "/c"
control = "no-store"
[[cache]]
match = "/d"
seconds = 5
status = 404
[[hosts]]
name = "A.example"
root = "a"
[[hosts]]
names = ["::1", "*.b.example"]
root = "../b"
single = "c.html"
list = true
cors = false
index-files = ["a.html"]
rewrites = []
types = []
[[hosts.redirects]]
match = "/a"
to = "/b"
[[hosts.headers]]
match = "/"
set.X-A = "1"
`

describe('--print-config', () => {
  it('prints each setting on a line, with its source', async () => {
    const cwd = temporaryFolder()
    const text = await printedBy({
      cwd,
      line: 'site --print-config -p 80 --endpoints echo,files',
      env: { STATEWIRE_WORKERS: '3', STATEWIRE_HOST: '::1' },
      toml: '\nidle-timeout-ms = "2m"',
    })
    const lines = text.split('\n')
    expect(lines).toContain(`root = "${join(cwd, 'site')}" # ROOT`)
    expect(lines).toContain('listeners = ["[::1]:80"] # STATEWIRE_HOST, -p')
    expect(lines).toContain('endpoints = ["echo", "files"] # --endpoints')
    expect(lines).toContain('workers = 3 # STATEWIRE_WORKERS')
    expect(lines).toContain('idle-timeout-ms = 120000 # statewire.toml:2')
    expect(lines).toContain('list = false # default')
    expect(lines).toContain('# cors is unset')
    expect(lines.map(line => line.replace(/^# /, '').split(' ')[0])).toEqual([
      ...configNames().map(kebabName),
      '',
    ])
  })

  it('names only the given half of a listener as its source', async () => {
    expect(await printedBy({ line: '--print-config --port 80' })).toContain(
      '["127.0.0.1:80"] # --port\n',
    )
  })

  it.each<[string, Input]>([
    ['the defaults', {}],
    [
      'every source',
      { line: '-w 2', env: { STATEWIRE_LIST: '1' }, toml: 'listeners = [\n"a:1",\n"[::1]:2"]' },
    ],
    ['a terminal', { stdoutIsTerminal: true }],
    ['endpoints', { line: '--endpoints echo,user-agent,sleep,files' }],
    [
      'a root with special characters',
      { argv: ['q"uote\\back\nline\ttab\x07bell\x7fdel#hash é 日本 😀'] },
    ],
    [
      'every optional setting',
      { argv: ['--cors', '--cache=0', "--content-security-policy=default-src 'self'"] },
    ],
    ['a single-page application', { line: '--single' }],
    ['rules', { toml: rules }],
    ['rules and a flag', { toml: rules, line: '--single=x.html' }],
    [
      'a host with the single-page application of the top',
      {
        toml: 'single = "a"\n[[hosts]]\nname = "a"\nroot = "a"\nsingle = "a"\n[[hosts]]\nname = "b"\nroot = "b"',
        line: '--cors --list',
      },
    ],
    [
      'a host without rules of the top',
      {
        toml: 'single = "a"\n[[hosts]]\nname = "a"\nroot = "a"\nsingle = []\nlist = false',
        line: '--list',
      },
    ],
  ])('prints a file with the same configuration: %s', async (_, input) => {
    const argv = input.argv ?? input.line?.split(' ') ?? []
    const cwd = temporaryFolder()
    const text = await printedBy({ ...input, cwd, argv: [...argv, '--print-config'] })
    const elsewhere = temporaryFolder()
    writeFileSync(join(elsewhere, 'printed.toml'), text)
    const again = await configOf({
      cwd: elsewhere,
      line: '--config printed.toml',
      openFilesSoftLimit: () => Number.NaN,
    })
    const { privateFiles } = again
    expect(privateFiles).toEqual([join(elsewhere, 'printed.toml')])
    const first = { ...(await configOf({ ...input, cwd, argv })), privateFiles }
    // The same pages are named in another place.
    const pagesOf = ({ singlePages }: Config): unknown =>
      singlePages.map(({ root, file }) => ({ root, file }))
    expect({ ...again, singlePages: [] }).toEqual({ ...first, singlePages: [] })
    expect(pagesOf(again)).toEqual(pagesOf(first))
  })

  it('prints no configuration if there is an issue', async () => {
    expect(await messagesOf({ line: '--print-config -w 0' })).toHaveLength(1)
  })
})
