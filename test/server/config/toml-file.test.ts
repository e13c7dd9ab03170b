import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configOf, issuesOf, messagesOf, temporaryFolder } from './load.ts'

describe('the TOML file', () => {
  it.each([
    [
      'listeners = ["127.0.0.1:8080", "[::1]:2"]',
      {
        listeners: [
          { host: '127.0.0.1', port: 8080 },
          { host: '::1', port: 2 },
        ],
      },
    ],
    ['listeners = [{ host = "a", port = 1 }]', { listeners: [{ host: 'a', port: 1 }] }],
    ['address = "a:1"', { listeners: [{ host: 'a', port: 1 }] }],
    ['host = "a"\nport = 1', { listeners: [{ host: 'a', port: 1 }] }],
    ['data-dir = "/srv"', { root: '/srv' }],
    ['pool-size = 2', { workers: 2 }],
    ['"workers" = 2 # two', { workers: 2 }],
    ['idle-timeout-ms = "2m"', { idleTimeoutMs: 120_000 }],
    ['idle-timeout-ms = 1_500', { idleTimeoutMs: 1500 }],
    ['drain-timeout = "1s"', { drainTimeoutMs: 1000 }],
    ['\uFEFFworkers = 2', { workers: 2 }],
    ['', { workers: 1 }],
  ])('%s', async (toml, expected) => {
    expect(await configOf({ toml })).toMatchObject(expected)
  })

  it('is named by --config, else by STATEWIRE_CONFIG, else statewire.toml', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'flag.toml'), 'workers = 2')
    writeFileSync(join(cwd, 'variable.toml'), 'workers = 3\nlist = true')
    const toml = 'workers = 4\nlist = true'
    const env = { STATEWIRE_CONFIG: 'variable.toml' }
    const line = '--config flag.toml'
    expect(await configOf({ cwd, toml, env, line })).toMatchObject({ workers: 2, list: false })
    expect(await configOf({ cwd, toml, env })).toMatchObject({ workers: 3 })
    expect(await configOf({ cwd, toml })).toMatchObject({ workers: 4 })
  })

  it('resolves a relative root against its own folder', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'conf'))
    writeFileSync(join(cwd, 'conf', 'a.toml'), 'root = "../site"')
    expect((await configOf({ cwd, line: '--config conf/a.toml' })).root).toBe(join(cwd, 'site'))
    writeFileSync(join(cwd, 'conf', 'b.toml'), '')
    expect((await configOf({ cwd, line: '--config conf/b.toml' })).root).toBe(cwd)
  })

  it.each([
    [
      '\nport = 99999',
      'statewire.toml:2 port = 99999: must be a whole number from 0 to 65535, such as 8080',
    ],
    [
      '\n\nworkers  = "4" # four',
      'statewire.toml:3 workers  = "4": must be a whole number from 1 to 256, such as 4',
    ],
    [
      'workers = 1.5',
      'statewire.toml:1 workers = 1.5: must be a whole number from 1 to 256, such as 4',
    ],
    [
      'workers = [1]',
      'statewire.toml:1 workers = [1]: must be a whole number from 1 to 256, such as 4',
    ],
    [
      'workers = inf',
      'statewire.toml:1 workers = inf: must be a whole number from 1 to 256, such as 4',
    ],
    [
      'workers = 1979-05-27',
      'statewire.toml:1 workers = 1979-05-27: must be a whole number from 1 to 256, such as 4',
    ],
    ['list = "true"', 'statewire.toml:1 list = "true": must be true or false'],
    ['root = 1', 'statewire.toml:1 root = 1: must be the name of a folder, such as dist'],
    ['prot = 80', 'statewire.toml:1 prot = 80: is not a known key; did you mean port?'],
    [
      'idleTimeoutMs = 1',
      'statewire.toml:1 idleTimeoutMs = 1: is not a known key; did you mean idle-timeout-ms?',
    ],
    ['config = "a"', 'statewire.toml:1 config = "a": is not a known key'],
    ['help = true', 'statewire.toml:1 help = true: is not a known key'],
    [
      'log.level = "info"',
      'statewire.toml:1 log.level = "info": is not a known key; did you mean log-level?',
    ],
    [
      '[server]\nport = 1',
      'statewire.toml:1 [server]: must not be a table; settings are keys at the top level, such as port = 8080',
    ],
    [
      'workers = 1\npool-size = 2',
      'statewire.toml:2 pool-size = 2: must be given once; it is already given by statewire.toml:1 workers = 1',
    ],
    [
      'port = 1\nlisteners = ["a:1"]',
      'statewire.toml:1 port = 1: must not be combined with statewire.toml:2 listeners = ["a:1"]',
    ],
    [
      'workers = 2\nworkers = 3',
      'statewire.toml:2:1: must be valid TOML: Defining a key multiple times is invalid',
    ],
    ['list = true\nport = 1 1', 'statewire.toml:2:10: must be valid TOML: Must be a newline'],
  ])('refuses %j', async (toml, expected) => {
    expect(await messagesOf({ toml })).toEqual([expected])
  })

  it('locates issues at the line of the invalid element', async () => {
    const issues = await issuesOf({
      toml: 'listeners = [\n  "a:1",\n  ":80",\n  7,\n]\nendpoints = ["ech"]',
    })
    expect(issues.map(({ location, value }) => [location, value])).toEqual([
      ['statewire.toml:3', 'listeners = ":80"'],
      ['statewire.toml:4', 'listeners = 7'],
      ['statewire.toml:6', 'endpoints = "ech"'],
    ])
    expect(issues[2]?.suggestion).toBe('echo')
  })

  it('refuses an empty list of listeners', async () => {
    expect(await messagesOf({ toml: 'listeners = []' })).toEqual([
      expect.stringMatching(/^statewire\.toml:1 listeners = \[\]: must be HOST:PORT/),
    ])
  })

  it('must exist if it is named', async () => {
    expect(await messagesOf({ line: '--config no.toml' })).toEqual([
      '--config no.toml: must be a file that can be read (no such file or directory)',
    ])
    expect(await messagesOf({ env: { STATEWIRE_CONFIG: '.' } })).toEqual([
      'STATEWIRE_CONFIG .: must be a file that can be read (illegal operation on a directory)',
    ])
  })

  it('must be readable if it exists', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'statewire.toml'))
    expect(await messagesOf({ cwd })).toEqual([
      'statewire.toml: must be a file that can be read (illegal operation on a directory)',
    ])
  })

  it('is named in messages as in --config', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'my.toml'), 'workers = 0')
    expect(await messagesOf({ cwd, line: '--config ./my.toml' })).toEqual([
      './my.toml:1 workers = 0: must be a whole number from 1 to 256, such as 4',
    ])
  })
})
