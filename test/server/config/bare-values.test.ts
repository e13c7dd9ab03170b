import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../src/server/config/load-config.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import * as schemas from '../../../src/server/config/rules-schema.ts'
import { settingNames, settingOf } from '../../../src/server/config/settings.ts'
import { configOf, type Input, load, messagesOf } from './load.ts'

const optionsConfig = (options: ConfigOptions) =>
  parseOptions(
    options,
    { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1064 },
    schemas,
  )

const INDEX = [{ prefix: '/', file: '/index.html' }]

describe('settings whose flag needs no value', () => {
  it('and that may be unset are these two, which the tests below cover', () => {
    const names = settingNames.filter(name => {
      const { bareValue, optional } = settingOf(name)
      return bareValue !== undefined && optional === true
    })
    expect(names).toEqual(['single', 'cors'])
  })

  it.each<Input>([
    { line: '--cors' },
    { line: '--cors=true' },
    { toml: 'cors = true' },
    { env: { STATEWIRE_CORS: 'true' } },
  ])('%j: cors for all origins', async input => {
    expect((await configOf(input)).cors).toEqual(['*'])
  })

  it.each<Input>([
    { line: '--single' },
    { line: '-s' },
    { line: '--single=true' },
    { toml: 'single = true' },
    { env: { STATEWIRE_SINGLE: 'true' } },
  ])('%j: index.html is the single page', async input => {
    expect((await configOf(input)).rules.singles).toEqual(INDEX)
  })

  it('mean the same in the options of serve(), in rules and for hosts', async () => {
    expect(optionsConfig({ cors: true }).cors).toEqual(['*'])
    expect(optionsConfig({ single: true }).rules.singles).toEqual(INDEX)
    expect(optionsConfig({ rules: { single: true } }).rules.singles).toEqual(INDEX)
    expect(optionsConfig({ rules: { single: false } }).rules.singles).toEqual([])
    const toml = '[[hosts]]\nname = "a.example"\nroot = "."\nsingle = true'
    expect((await configOf({ toml })).hosts[0]!.rules.singles).toEqual(INDEX)
  })

  it.each<Input>([
    { toml: 'cors = false\nsingle = false' },
    { env: { STATEWIRE_CORS: 'false', STATEWIRE_SINGLE: 'false' } },
    { line: '--cors=false --single=false' },
    { line: '--cors=false --single=false', toml: 'cors = true\nsingle = "app.html"' },
    {
      line: '--cors=false --single=false',
      toml: 'cors = true\n[[single]]\nprefix = "/"\nfile = "a"',
    },
  ])('%j: none', async input => {
    const { cors, rules } = await configOf(input)
    expect([cors, rules.singles]).toEqual([undefined, []])
    expect(optionsConfig({ cors: false, single: false }).cors).toBeUndefined()
  })

  it('keep the single pages of other folders', async () => {
    const toml = '[[single]]\nprefix = "/admin/"\nfile = "a"'
    const { rules } = await configOf({ line: '--single=false', toml })
    expect(rules.singles).toEqual([{ prefix: '/admin/', file: '/a' }])
  })

  it('are given once', async () => {
    expect(await messagesOf({ line: '--cors=false --cors=https://a.example' })).toEqual([
      '--cors https://a.example: must be given once; it is already given by --cors false',
    ])
    expect((await configOf({ line: '--cors --cors=https://a.example' })).cors).toEqual([
      '*',
      'https://a.example',
    ])
  })
})

describe('a text without quotes in the TOML file', () => {
  it.each([
    ['root = site', 'a text needs quotes, such as root = "site"'],
    ['root = ./site # the root', 'a text needs quotes, such as root = "./site"'],
    ['list = true\nroot=/srv/www', 'a text needs quotes, such as root="/srv/www"'],
    ['address = 127.0.0.1:80', 'a text needs quotes, such as address = "127.0.0.1:80"'],
    ['idle-timeout-ms = 5s', 'a text needs quotes, such as idle-timeout-ms = "5s"'],
    ['cors = *', 'a text needs quotes, such as cors = "*"'],
    ['root = true/x', 'a text needs quotes, such as root = "true/x"'],
    ['index-files = ["a.html", index.html]', 'a text needs quotes, such as "index.html"'],
    [
      '[[hosts]]\nname = blog.example\nroot = "."',
      'a text needs quotes, such as name = "blog.example"',
    ],
    [
      'hosts = [{ name = blog.example, root = "." }]',
      'a text needs quotes, such as "blog.example"',
    ],
    ['list = True', 'True is written true'],
  ])('%s', async (toml, message) => {
    const [only, ...more] = await messagesOf({ toml })
    expect(more).toEqual([])
    expect(only).toMatch(/^statewire\.toml:\d+:\d+: must be valid TOML: /)
    expect(only!.replace(/.*valid TOML: /, '')).toBe(message)
  })

  it.each(['root = "site', 'root =', 'root = "a" b', 'root', '= "a"', '[[hosts', 'x = {'])(
    'is not suspected in %s',
    async toml => {
      expect((await messagesOf({ toml }))[0]).not.toMatch(/quotes|written/)
    },
  )
})

describe('the help after issues', () => {
  const helpOf = async (input: Input): Promise<readonly string[]> => {
    const result = await load(input)
    return result.kind === 'invalid' ? result.help : []
  }
  const HELP = 'statewire --help lists what is allowed'

  it('leads to docs/rules.md for rules and hosts only', async () => {
    expect(await helpOf({ line: '--port=x' })).toEqual([HELP])
    for (const toml of ['[[cache]]\nmatch = "/a"', '[[hosts]]\nname = "a"', 'redirects = 3'])
      expect(await helpOf({ toml })).toEqual([HELP, 'docs/rules.md describes rules and hosts'])
  })
})
