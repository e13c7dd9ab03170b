import { describe, expect, it } from 'vitest'
import type { Address } from '../../../src/server/config/address.ts'
import type { Config } from '../../../src/server/config/config.ts'
import { ConfigError } from '../../../src/server/config/config-issue.ts'
import { configFromOptions } from '../../../src/server/config/load-config.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { configOf, messagesOf } from './load.ts'

describe('precedence', () => {
  const env = { STATEWIRE_WORKERS: '3' }
  const toml = 'workers = 4'

  it.each([
    [{ line: '-w 2', env, toml }, 2],
    [{ env, toml }, 3],
    [{ toml }, 4],
    [{}, 1],
  ])('%j', async (input, workers) => {
    expect((await configOf(input)).workers).toBe(workers)
  })

  it('applies to each setting separately', async () => {
    expect(
      await configOf({ line: '--list', env, toml: 'workers = 4\nlog-level = "warn"' }),
    ).toMatchObject({
      list: true,
      workers: 3,
      logLevel: 'warn',
    })
  })

  it('replaces lists instead of joining them', async () => {
    const input = { line: '--endpoints echo', toml: 'endpoints = ["files", "sleep"]' }
    expect((await configOf(input)).endpoints).toEqual(['echo'])
  })
})

describe('the listeners', () => {
  const at = (host: string, port: number): Address[] => [{ host, port }]

  it.each([
    [
      'a port overrides listeners of a later source',
      { line: '-p 1', toml: 'listeners = ["a:2", "b:3"]' },
      at('127.0.0.1', 1),
    ],
    [
      'listeners override a port of a later source',
      { line: '-a a:2', env: { STATEWIRE_PORT: '1' } },
      at('a', 2),
    ],
    ['listeners override listeners', { line: '-a a:2', toml: 'address = "b:3"' }, at('a', 2)],
    [
      'host and port may come from two sources',
      { line: '-p 1', env: { STATEWIRE_HOST: 'a' } },
      at('a', 1),
    ],
    [
      'host and port, the other way round',
      { line: '-H a', toml: 'host = "b"\nport = 1' },
      at('a', 1),
    ],
    [
      'but not from a source after one with listeners',
      { line: '-p 1', env: { STATEWIRE_ADDRESS: 'b:2' }, toml: 'host = "c"' },
      at('127.0.0.1', 1),
    ],
  ])('%s', async (_, input, expected) => {
    expect((await configOf(input)).listeners).toEqual(expected)
  })
})

describe('invalid configurations', () => {
  it('report the issues of all sources together, overridden or not', async () => {
    const messages = await messagesOf({
      line: '--prot 80 -w 0 --idle-timeout-ms 3x --list site',
      env: { STATEWIRE_PORT: '99999', STATEWIRE_WORKRES: '1', STATEWIRE_LIST: 'maybe' },
      toml: 'workers = "4"\nroots = "a"\nsleep-ms = -1',
    })
    expect(messages.toSorted()).toEqual(
      [
        '--prot 80: is not a known flag; did you mean --port?',
        '-w 0: must be a whole number from 1 to 256, such as 4',
        '--idle-timeout-ms 3x: must be a duration from 1ms to 24h, such as 500ms, 30s or 2m',
        'STATEWIRE_PORT 99999: must be a whole number from 0 to 65535, such as 8080',
        'STATEWIRE_WORKRES 1: is not a known variable; did you mean STATEWIRE_WORKERS?',
        'STATEWIRE_LIST maybe: must be true or false',
        'statewire.toml:1 workers = "4": must be a whole number from 1 to 256, such as 4',
        'statewire.toml:2 roots = "a": is not a known key; did you mean root?',
        'statewire.toml:3 sleep-ms = -1: must be a duration from 0ms to 24h, such as 500ms, 30s or 2m',
      ].toSorted(),
    )
  })

  it('report other issues beside a file that is not TOML', async () => {
    expect(await messagesOf({ line: '-w x', toml: 'a b' })).toEqual([
      '-w x: must be a whole number from 1 to 256, such as 4',
      expect.stringMatching(/^statewire\.toml:1:\d+: must be valid TOML: /),
    ])
  })
})

describe('configFromOptions', () => {
  const environment = {
    cwd: '/home/me',
    stdoutIsTerminal: true,
    openFilesSoftLimit: (): number => 164,
  }
  const from = (options: object): Promise<Config> =>
    configFromOptions(options as ConfigOptions, environment)
  const messageOf = async (options: object): Promise<string> => {
    try {
      await from(options)
    } catch (error) {
      if (error instanceof ConfigError) return error.message
      throw error
    }
    throw new Error('no issues')
  }

  it('has the same defaults as the command', async () => {
    expect(await from({})).toEqual({
      ...(await configOf({
        stdoutIsTerminal: true,
        openFilesSoftLimit: () => 164,
        line: '-d /home/me',
      })),
      // No file is read.
      privateFiles: [],
    })
  })

  it('accepts values and their text forms', async () => {
    expect(
      await configFromOptions(
        {
          root: 'site',
          listeners: ['a:1', '[::1]:2', { host: 'b', port: 0 }],
          endpoints: ['echo'],
          sleepMs: 5,
          idleTimeoutMs: '2m',
          contentBytesMax: '2MiB',
          workers: undefined,
        },
        environment,
      ),
    ).toMatchObject({
      root: '/home/me/site',
      listeners: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
        { host: 'b', port: 0 },
      ],
      endpoints: ['echo'],
      sleepMs: 5,
      idleTimeoutMs: 120_000,
      contentBytesMax: 2_097_152,
      workers: 1,
    })
  })

  it('accepts a host and a port', async () => {
    expect((await from({ host: '::1', port: 0 })).listeners).toEqual([{ host: '::1', port: 0 }])
  })

  it.each([
    [{ workers: '4' }, "workers '4': must be a whole number from 1 to 256, such as 4"],
    [{ workers: null }, 'workers null: must be a whole number from 1 to 256, such as 4'],
    [{ prot: 80 }, 'prot 80: is not a known option; did you mean port?'],
    [
      { 'head-timeout-ms': 1 },
      'head-timeout-ms 1: is not a known option; did you mean headTimeoutMs?',
    ],
    [{ help: true }, 'help true: is not a known option'],
    [{ port: 1, listeners: ['a:1'] }, "port 1: must not be combined with listeners [ 'a:1' ]"],
    [
      { accessLog: 'jsn' },
      "accessLog 'jsn': must be one of combined, json, off; did you mean json?",
    ],
    [{ root: '' }, "root '': must be the name of a folder, such as dist"],
  ])('refuses %j', async (options, expected) => {
    expect(await messageOf(options)).toBe(expected)
  })

  it.each([
    [['a:1', { host: 'b', port: 99_999 }], "listeners { host: 'b', port: 99999 }"],
    [[{ host: 'b', port: 1, extra: 1 }], "listeners { host: 'b', port: 1, extra: 1 }"],
    [[], 'listeners []'],
  ])('refuses the listeners %j', async (listeners, location) => {
    expect(await messageOf({ listeners })).toMatch(/^listeners .*: must be HOST:PORT/)
    expect(await messageOf({ listeners })).toContain(`${location}: `)
  })

  it('reports one issue for a value with two errors', async () => {
    expect((await messageOf({ listeners: [{ host: '', port: -1 }] })).split('\n')).toHaveLength(1)
  })

  it('reports all issues together', async () => {
    expect((await messageOf({ workers: 0, lst: true, sleepMs: '3x' })).split('\n')).toHaveLength(3)
  })
})
