import { join } from 'node:path'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Address } from '../../../src/server/config/address.ts'
import {
  type Config,
  configNames,
  type ScalarConfig,
  type ValueOf,
} from '../../../src/server/config/config.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import type { ServeSettings } from '../../../src/server/config/serve-options.ts'
import {
  kebabName,
  type Setting,
  type SettingName,
  type settings,
} from '../../../src/server/config/settings.ts'
import { configOf, messagesOf, temporaryFolder } from './load.ts'

/** The type of a setting in the options of `serve()`, where units and addresses may be text. */
type OptionOf<S extends Setting> = S extends { type: 'duration' | 'size' }
  ? number | string
  : S extends { type: 'addresses' }
    ? readonly (Address | string)[]
    : S extends { type: 'mode' }
      ? ValueOf<S> | boolean
      : ValueOf<S>

/** What ServeSettings should be, derived from the table. */
type SettingOptions = {
  readonly [Name in SettingName as (typeof settings)[Name] extends { sources: unknown }
    ? never
    : Name]?:
    | OptionOf<(typeof settings)[Name]>
    | ((typeof settings)[Name] extends { bareValue: string } ? boolean : never)
    | undefined
}

describe('the settings', () => {
  it('have defaults', async () => {
    const cwd = temporaryFolder()
    expect(await configOf({ cwd })).toEqual({
      root: cwd,
      indexFiles: ['index.html'],
      cleanUrls: 'serve',
      list: false,
      symlinks: 'inside',
      unknownHosts: 'default',
      endpoints: [],
      sleepMs: 10_000,
      cacheSeconds: undefined,
      etag: 'auto',
      compressionsMax: 1,
      memoryBytesMax: 64 * 1024 * 1024,
      memoryFileBytesMax: 1024 * 1024,
      revalidateMs: 1000,
      fileAccess: 'auto',
      cors: undefined,
      securityHeaders: false,
      serverTiming: false,
      contentSecurityPolicy: undefined,
      uploadBytesMax: 64 * 1024 * 1024,
      uploadConflict: 'replace',
      uploadOrigins: undefined,
      uploadsMax: 64,
      listeners: [{ host: '127.0.0.1', port: 4221 }],
      workers: 1,
      connectionsMax: 936,
      connectionsPerAddressMax: 0,
      readStrategy: 'raw',
      accessLog: 'off',
      logLevel: 'info',
      headTimeoutMs: 30_000,
      contentTimeoutMs: 30_000,
      contentBytesPerSecondMin: 500,
      handlerTimeoutMs: 60_000,
      writeTimeoutMs: 30_000,
      writeBytesPerSecondMin: 500,
      halfClosedTimeoutMs: 5000,
      idleTimeoutMs: 75_000,
      lingerTimeoutMs: 5000,
      lingerTotalMs: 30_000,
      drainTimeoutMs: 30_000,
      drainIdleMs: 500,
      drainDelayMs: 0,
      workersTimeoutMs: 30_000,
      requestsMax: 10_000,
      requestLineBytesMax: 8192,
      methodBytesMax: 32,
      fieldLineBytesMax: 8192,
      fieldsBytesMax: 16_384,
      fieldCountMax: 100,
      contentBytesMax: 1024 * 1024,
      chunkLineBytesMax: 512,
      trailersBytesMax: 4096,
      queuedBytesMax: 256 * 1024,
      discardBytesMax: 64 * 1024,
      proxyProtocolFrom: [],
      trustedProxies: [],
      forwardedField: 'x-forwarded-for',
      health: true,
      user: undefined,
      metrics: false,
      metricsAddress: undefined,
      rules: { headers: [], redirects: [], rewrites: [], caches: [], singles: [], types: [] },
      hosts: [],
      privateFiles: [join(cwd, 'statewire.toml')],
      singlePages: [],
    } satisfies Config)
  })

  it('have precise types', () => {
    expectTypeOf<Config['listeners']>().toEqualTypeOf<readonly Address[]>()
    expectTypeOf<Config['endpoints']>().toEqualTypeOf<
      readonly ('echo' | 'user-agent' | 'sleep' | 'files')[]
    >()
    expectTypeOf<Config['accessLog']>().toEqualTypeOf<'combined' | 'json' | 'off'>()
    expectTypeOf<Config['idleTimeoutMs']>().toEqualTypeOf<number>()
    expectTypeOf<keyof Config>().not.toEqualTypeOf<keyof ConfigOptions>()
    expectTypeOf<ConfigOptions['port']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<ConfigOptions['sleepMs']>().toEqualTypeOf<number | string | undefined>()
  })

  it('have the same types in the generated interface as in the table', () => {
    expectTypeOf<ServeSettings>().toExtend<SettingOptions>()
    expectTypeOf<SettingOptions>().toExtend<ServeSettings>()
    expectTypeOf<ServeSettings>().toEqualTypeOf<SettingOptions>()
  })

  it.each([
    [true, 'combined'],
    [false, 'off'],
  ])('log requests by default if stdout is a terminal: %s', async (stdoutIsTerminal, expected) => {
    expect((await configOf({ stdoutIsTerminal })).accessLog).toBe(expected)
  })

  it.each([
    [20_000, 19_872],
    [64, 18],
    [10, 1],
    [Number.POSITIVE_INFINITY, 2_147_483_647],
  ])('derive connectionsMax from the open-files limit: %s', async (limit, expected) => {
    expect((await configOf({ openFilesSoftLimit: () => limit })).connectionsMax).toBe(expected)
  })

  it('read the open-files limit only if it is needed', async () => {
    const openFilesSoftLimit = (): never => {
      throw new Error('called')
    }
    await expect(configOf({ openFilesSoftLimit })).rejects.toThrow('called')
    expect(
      (await configOf({ openFilesSoftLimit, line: '--connections-max 7' })).connectionsMax,
    ).toBe(7)
  })
})

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['1500', 1500],
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['24h', 86_400_000],
  ])('accepts %s', async (text, expected) => {
    expect((await configOf({ line: `--sleep-ms ${text}` })).sleepMs).toBe(expected)
  })

  it.each(['', '-1', '1.5s', '10 s', '3x', '5S', 's', '25h', '86400001', '1e3', '9'.repeat(400)])(
    'refuses %j',
    async text => {
      const [message, ...others] = await messagesOf({ argv: [`--sleep-ms=${text}`] })
      expect(message).toMatch(
        /^--sleep-ms .*: must be a duration from 0ms to 24h, such as 500ms, 30s or 2m$/,
      )
      expect(others).toEqual([])
    },
  )
})

describe('a size', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['17B', 17],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
    ['1024GiB', 1_099_511_627_776],
  ])('accepts %s', async (text, expected) => {
    expect((await configOf({ line: `--content-bytes-max ${text}` })).contentBytesMax).toBe(expected)
  })

  it.each(['64KB', '64kib', '1.5MiB', '-1', '1025GiB', 'constructor'])('refuses %s', async text => {
    expect(await messagesOf({ line: `--content-bytes-max ${text}` })).toEqual([
      `--content-bytes-max ${text}: must be a size from 0B to 1024GiB, such as 4096, 64KiB or 1MiB`,
    ])
  })
})

describe('an address', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['a-b.example:80', { host: 'a-b.example', port: 80 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
    ['unix:/run/site.sock', { path: '/run/site.sock', mode: 0o600 }],
    ['unix:/run/a b:c.sock?mode=066', { path: '/run/a b:c.sock', mode: 0o066 }],
    [`unix:/${'x'.repeat(98)}`, { path: `/${'x'.repeat(98)}`, mode: 0o600 }],
    ['fd:3', { fd: 3 }],
  ])('accepts %s', async (text, expected) => {
    expect((await configOf({ argv: ['--address', text] })).listeners).toEqual([expected])
  })

  it.each([
    ':8080',
    '8080',
    'localhost',
    'localhost:',
    '::1:80',
    '[::1]',
    '[::g]:80',
    '[localhost]:80',
    '127.0.0.300:80',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    'a b:80',
    '-a.b:80',
    'http://a:80',
    'unix:site.sock',
    'unix:/run/',
    'unix:/run/site.sock?mode=66',
    'unix:/run/site.sock?mode=668',
    'unix:/run/site.sock?',
    'fd:2',
    'fd:x',
  ])('refuses %s', async text => {
    expect(await messagesOf({ argv: [`--address=${text}`] })).toEqual([
      `--address ${text}: must be HOST:PORT with a port from 0 to 65535, ` +
        'such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; or unix:/run/site.sock?mode=660; or fd:3',
    ])
  })
})

describe('the path of a UNIX socket', () => {
  it('must fit into the address structure of the kernel', async () => {
    const [message] = await messagesOf({ line: `-a unix:/${'x'.repeat(99)}` })
    expect(message).toMatch(/^-a unix:\/x+…: must be /)
  })
})

describe('a host', () => {
  it.each([
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['0.0.0.0', '0.0.0.0'],
    ['localhost', 'localhost'],
  ])('accepts %s', async (text, host) => {
    expect((await configOf({ line: `--host ${text}` })).listeners).toEqual([{ host, port: 4221 }])
  })

  it.each(['127.0.0.1:80', '1.2.3', 'a_b', '[a]'])('refuses %s', async text => {
    expect(await messagesOf({ line: `--host ${text}` })).toEqual([
      `--host ${text}: must be an IP address or a host name, such as 127.0.0.1, ::1 or localhost`,
    ])
  })
})

describe('file names', () => {
  it.each(['', '.htaccess', 'a/b', 'a\\b', 'a\0'])('refuses %j', async text => {
    const messages = await messagesOf({ toml: `index-files = ["a", ${JSON.stringify(text)}]` })
    expect(messages).toEqual([
      expect.stringMatching(
        /^statewire\.toml:1 index-files = ".*": must be a file name without a folder, such as index\.html$/,
      ),
    ])
  })

  it('may be an empty list', async () => {
    expect((await configOf({ line: '--index-files=' })).indexFiles).toEqual([])
  })
})

describe('an origin', () => {
  it.each(['*', 'https://a.example', 'http://localhost:3000', 'http://[::1]:8080'])(
    '%s',
    async text => {
      expect((await configOf({ line: `--cors=${text}` })).cors).toEqual([text])
    },
  )

  it.each([
    '',
    'a.example',
    'https://a.example/',
    'https://A.example',
    'https://a.example:443',
    'null',
    'file:///',
  ])('refuses %j', async text => {
    const [message, ...others] = await messagesOf({ argv: [`--cors=${text}`] })
    expect(message).toMatch(
      /^--cors .*: must be \* or an origin, such as https:\/\/app\.example or /,
    )
    expect(others).toEqual([])
  })
})

describe('a network', () => {
  it.each(['10.0.0.0/8', '192.0.2.1', '0.0.0.0/0', '::/0', 'fd00::/8', '2001:DB8::1/128', 'unix'])(
    '%s',
    async text => {
      expect((await configOf({ line: `--trusted-proxies=${text}` })).trustedProxies).toEqual([text])
    },
  )

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0/8',
    '10.0.0.0/',
    '/8',
    '::/129',
    'fe80::1%lo',
    'localhost',
    '*',
    'UNIX',
  ])('refuses %s', async text => {
    expect(await messagesOf({ line: `--trusted-proxies=${text}` })).toEqual([
      `--trusted-proxies ${text}: must be an IP address, a network such as 10.0.0.0/8 or fd00::/8, or unix`,
    ])
  })
})

describe('a header value', () => {
  it.each(['', 'a\r\nb: c', '\u20ac'])('refuses %j', async text => {
    const [message, ...others] = await messagesOf({
      argv: [`--content-security-policy=${text}`],
    })
    expect(message).toMatch(
      /^--content-security-policy .*: must be a header value, such as default-src 'self'$/,
    )
    expect(others).toEqual([])
  })
})

describe('every setting', () => {
  it.each(configNames())('%s can be given by its name as flag, variable and key', async name => {
    const { flag, toml, value } = sample(name)
    const kebab = kebabName(name)
    const variable = `STATEWIRE_${kebab.toUpperCase().replaceAll('-', '_')}`
    expect((await configOf({ argv: [`--${kebab}=${flag}`] }))[name]).toEqual(value)
    expect((await configOf({ env: { [variable]: flag } }))[name]).toEqual(value)
    expect((await configOf({ toml: `${kebab} = ${toml}` }))[name]).toEqual(value)
  })
})

/** A value other than the default: as a flag, as TOML and in Config. */
function sample(name: keyof ScalarConfig): {
  flag: string
  toml: string
  value: ScalarConfig[keyof ScalarConfig]
} {
  switch (name) {
    case 'root':
      return { flag: '/srv', toml: '"/srv"', value: '/srv' }
    case 'user':
      return { flag: 'www-data', toml: '"www-data"', value: 'www-data' }
    case 'listeners':
    case 'metricsAddress':
      return {
        flag: 'localhost:1',
        toml: '["localhost:1"]',
        value: [{ host: 'localhost', port: 1 }],
      }
    case 'indexFiles':
      return { flag: 'a.htm, b.htm', toml: '["a.htm", "b.htm"]', value: ['a.htm', 'b.htm'] }
    case 'cleanUrls':
      return { flag: 'redirect', toml: '"redirect"', value: 'redirect' }
    case 'health':
      return { flag: 'false', toml: 'false', value: false }
    case 'list':
    case 'securityHeaders':
    case 'serverTiming':
    case 'metrics':
      return { flag: 'true', toml: 'true', value: true }
    case 'fileAccess':
      return { flag: 'threads', toml: '"threads"', value: 'threads' }
    case 'symlinks':
      return { flag: 'never', toml: '"never"', value: 'never' }
    case 'unknownHosts':
      return { flag: 'refuse', toml: '"refuse"', value: 'refuse' }
    case 'etag':
      return { flag: 'content', toml: '"content"', value: 'content' }
    case 'cors':
    case 'uploadOrigins':
      return {
        flag: 'https://a.example,http://localhost:3000',
        toml: '["https://a.example", "http://localhost:3000"]',
        value: ['https://a.example', 'http://localhost:3000'],
      }
    case 'contentSecurityPolicy':
      return {
        flag: "default-src 'self'",
        toml: `"default-src 'self'"`,
        value: "default-src 'self'",
      }
    case 'uploadConflict':
      return { flag: 'rename', toml: '"rename"', value: 'rename' }
    case 'endpoints':
      return { flag: 'echo,sleep', toml: '["echo", "sleep"]', value: ['echo', 'sleep'] }
    case 'proxyProtocolFrom':
    case 'trustedProxies':
      return {
        flag: '10.0.0.0/8, ::1,unix',
        toml: '["10.0.0.0/8", "::1", "unix"]',
        value: ['10.0.0.0/8', '::1', 'unix'],
      }
    case 'forwardedField':
      return { flag: 'forwarded', toml: '"forwarded"', value: 'forwarded' }
    case 'readStrategy':
      return { flag: 'stream', toml: '"stream"', value: 'stream' }
    case 'accessLog':
      return { flag: 'json', toml: '"json"', value: 'json' }
    case 'logLevel':
      return { flag: 'silent', toml: '"silent"', value: 'silent' }
    case 'queuedBytesMax':
      return { flag: '70000', toml: '70000', value: 70_000 }
    default:
      return { flag: '7', toml: '7', value: 7 }
  }
}
