// The one table. The flags, the variables, the TOML keys, what is allowed, the defaults, the help and
// --print-config all follow from it: a new setting is a new entry. It is data only, with ranges and defaults
// written as a user would write them, so that the types below can be read off it.

import type { SiteRules } from '../../response/site-rules.ts'
import type { Address } from './address.ts'
import { fdBudget } from './fd-budget.ts'
import type { HostOption, RulesOption } from './rule-options.ts'

/** What a configuration depends on beside what is written. */
export type ConfigEnvironment = {
  readonly cwd: string
  readonly stdoutIsTerminal: boolean
  /** A function, called only if needed, because finding it out takes milliseconds. */
  readonly openFilesSoftLimit: () => number
  /** Sockets that the process was started with, to listen on where nothing else is said. */
  readonly inherited?: readonly Address[]
}

export type SourceKind = 'flag' | 'variable' | 'file' | 'option'

type ComputedDefault = { readonly text: string; readonly of: (facts: ConfigEnvironment) => unknown }

export type Setting = {
  readonly group: string
  readonly description: string
  readonly short?: string
  /** Names on the command line, the one to show first; by default the kebab-case name alone. All work everywhere. */
  readonly flags?: readonly string[]
  /** Where it may be given, if not everywhere. Such a setting steers the loading and is not in Config. */
  readonly in?: readonly SourceKind[]
  /** Goes into another entry of Config: half of a listener, or the rule of a single-page application. */
  readonly part?: true
  /** What the flag alone means; such a flag has its value behind `=`, or before or after ROOT. */
  readonly bare?: string
  /** Has no default, and may stay unset. */
  readonly optional?: true
  readonly default?: string | number | boolean | readonly string[] | ComputedDefault
} & (
  | {
      readonly kind:
        | 'folder'
        | 'file'
        | 'site-file'
        | 'host'
        | 'addresses'
        | 'networks'
        | 'switch'
        | 'names'
        | 'origins'
        | 'value'
    }
  | { readonly kind: 'count'; readonly range: readonly [number, number] }
  | { readonly kind: 'duration' | 'size'; readonly range: readonly [string, string] }
  | { readonly kind: 'choice' | 'choices'; readonly choices: readonly string[] }
)

// biome-ignore format: one setting a line, or nearly, is how a table is read
export const settings = {
  root: { kind: 'folder', group: 'Serving', short: 'd', flags: ['data-dir', 'directory'], default: '.',
    description: 'The folder to serve, the same as ROOT. In a TOML file it is relative to that file' },
  indexFiles: { kind: 'names', group: 'Serving', default: ['index.html'], description: 'What a folder is answered with, the first that is there' },
  cleanUrls: { kind: 'switch', group: 'Serving', default: true,
    description: 'Answer /about with about.html, and send /about.html and /index.html there' },
  single: { kind: 'site-file', group: 'Serving', part: true, short: 's', bare: 'index.html', optional: true,
    description: 'Single-page application: answer navigations that name no file with this one' },
  list: { kind: 'switch', group: 'Serving', default: false, description: 'List a folder that has no index' },
  symlinks: { kind: 'choice', group: 'Serving', choices: ['inside', 'never', 'anywhere'], default: 'inside',
    description: 'Which symbolic links are followed' },
  unknownHosts: { kind: 'choice', group: 'Serving', choices: ['default', 'refuse'], default: 'default',
    description: 'A Host that [[hosts]] does not name gets the default root, or is refused with 421' },
  endpoints: { kind: 'choices', group: 'Serving', choices: ['echo', 'user-agent', 'sleep', 'files'], default: [],
    description: 'Endpoints to turn on beside the static files' },
  sleepMs: { kind: 'duration', group: 'Serving', range: ['0ms', '24h'], default: '10s', description: 'How long /sleep waits' },

  cacheSeconds: { kind: 'count', group: 'Caching', flags: ['cache', 'cache-seconds'], range: [0, 31_536_000], optional: true,
    description: 'max-age of all files; else a year where the name holds a hash, and no-cache' },
  etag: { kind: 'choice', group: 'Caching', choices: ['auto', 'content'], default: 'auto',
    description: 'What the ETag of a large file is made of, its figures or its content' },
  compressionsMax: { kind: 'count', group: 'Caching', range: [0, 64], default: 1, description: 'Compressions at once; 0 for none' },
  memoryBytesMax: { kind: 'size', group: 'Caching', range: ['0B', '64GiB'], default: '64MiB', description: 'Memory for files and what is compressed of them' },
  memoryFileBytesMax: { kind: 'size', group: 'Caching', range: ['0B', '1GiB'], default: '1MiB', description: 'Largest file that is kept in memory' },
  revalidateMs: { kind: 'duration', group: 'Caching', range: ['0ms', '24h'], default: '1s', description: 'How long a change on the disk may go unseen' },

  cors: { kind: 'origins', group: 'Fields', bare: '*', optional: true, description: 'Let pages of other origins read the answers' },
  securityHeaders: { kind: 'switch', group: 'Fields', default: false, description: 'Referrer-Policy, X-Frame-Options and the policy below' },
  contentSecurityPolicy: { kind: 'value', group: 'Fields', optional: true, description: 'Content-Security-Policy of all answers' },

  uploadBytesMax: { kind: 'size', group: 'Uploads', flags: ['upload-max', 'upload-bytes-max'], range: ['0B', '1024GiB'], default: '64MiB',
    description: 'Largest upload to /files/' },
  uploadConflict: { kind: 'choice', group: 'Uploads', choices: ['replace', 'refuse', 'rename'], default: 'replace',
    description: 'What an upload does to a file of its name' },

  listeners: { kind: 'addresses', group: 'Listening', short: 'a', flags: ['address', 'listeners'],
    description: 'HOST:PORT, unix:/PATH[?mode=660] or fd:N to listen on; may be repeated; in place of --host and --port' },
  host: { kind: 'host', group: 'Listening', part: true, short: 'H', default: '127.0.0.1', description: 'Host to listen on' },
  port: { kind: 'count', group: 'Listening', part: true, short: 'p', range: [0, 65_535], default: 4221,
    description: 'Port to listen on; 0 picks a free one' },
  workers: { kind: 'count', group: 'Listening', short: 'w', flags: ['workers', 'pool-size'], range: [1, 256], default: 1,
    description: 'Processes that serve; 1 serves from this one' },
  connectionsMax: { kind: 'count', group: 'Listening', range: [1, 2_147_483_647],
    default: { text: 'soft open-files limit less 128, or less of a low one',
      of: (facts: ConfigEnvironment): number => Math.min(fdBudget(facts.openFilesSoftLimit()).connections, 2_147_483_647) },
    description: 'Connections open at once in one process' },
  connectionsPerAddressMax: { kind: 'count', group: 'Listening', range: [0, 2_147_483_647], default: 0,
    description: 'Of them, those from one address or IPv6 /64; 0 for any number' },
  readStrategy: { kind: 'choice', group: 'Listening', choices: ['shared-buffer', 'stream'], default: 'shared-buffer',
    description: 'How bytes are read off sockets' },

  proxyProtocolFrom: { kind: 'networks', group: 'Balancers', default: [],
    description: 'Balancers whose connections begin with a PROXY header, such as 10.0.0.0/8 or unix; those of others do not' },
  trustedProxies: { kind: 'networks', group: 'Balancers', default: [], description: 'Proxies that are believed in the field below, such as 10.0.0.0/8' },
  forwardedField: { kind: 'choice', group: 'Balancers', choices: ['x-forwarded-for', 'forwarded'], default: 'x-forwarded-for',
    description: 'Field in which trusted proxies name their clients' },
  health: { kind: 'switch', group: 'Balancers', default: true, description: 'Answer /-/live, and /-/ready, with 503 once the server is to stop' },

  accessLog: { kind: 'choice', group: 'Logs', choices: ['combined', 'json', 'off'],
    default: { text: 'combined on a terminal, else off',
      of: (facts: ConfigEnvironment): string => (facts.stdoutIsTerminal ? 'combined' : 'off') },
    description: 'Form of the access log on stdout' },
  logLevel: { kind: 'choice', group: 'Logs', choices: ['debug', 'info', 'warn', 'error', 'silent'], default: 'info',
    description: 'Least level of message logged on stderr' },

  headTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['1ms', '24h'], default: '10s', description: 'For a whole request head to arrive' },
  contentTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['1ms', '24h'], default: '30s', description: 'For content of a request to keep up with the pace below' },
  contentBytesPerSecondMin: { kind: 'size', group: 'Deadlines', range: ['0B', '1GiB'], default: '500B', description: 'Least pace of content; 0 for any' },
  handlerTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['0ms', '24h'], default: '60s', description: 'For an endpoint other than /sleep to begin its response; 0 for any time' },
  writeTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['1ms', '24h'], default: '30s',
    description: 'For a client to keep up with the pace below; ten times that once it has taken much' },
  writeBytesPerSecondMin: { kind: 'size', group: 'Deadlines', range: ['0B', '1GiB'], default: '500B', description: 'Least pace of taking a response; 0 for any' },
  idleTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['1ms', '24h'], default: '75s', description: 'For the next request on an open connection' },
  lingerTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['0ms', '24h'], default: '2s', description: 'For a client to close after its last response' },
  drainTimeoutMs: { kind: 'duration', group: 'Deadlines', flags: ['drain-timeout', 'drain-timeout-ms'], range: ['0ms', '24h'], default: '30s',
    description: 'For requests in flight once the server is told to stop' },
  drainIdleMs: { kind: 'duration', group: 'Deadlines', range: ['0ms', '24h'], default: '500ms',
    description: 'For a last request on an idle connection, once the server is told to stop' },
  drainDelayMs: { kind: 'duration', group: 'Deadlines', range: ['0ms', '24h'], default: '0ms',
    description: 'Between being told to stop and closing the listeners, for balancers to notice' },
  workersTimeoutMs: { kind: 'duration', group: 'Deadlines', range: ['0ms', '24h'], default: '30s',
    description: 'For a worker to listen when none does; then the server ends with exit code 1' },

  requestsMax: { kind: 'count', group: 'Limits', range: [1, 2_147_483_647], default: 10_000, description: 'Requests on one connection' },
  requestLineBytesMax: { kind: 'size', group: 'Limits', range: ['1B', '1MiB'], default: '8KiB', description: 'Longest request line' },
  methodBytesMax: { kind: 'size', group: 'Limits', range: ['1B', '1KiB'], default: '32B', description: 'Longest method' },
  fieldLineBytesMax: { kind: 'size', group: 'Limits', range: ['1B', '1MiB'], default: '8KiB', description: 'Longest field line' },
  fieldsBytesMax: { kind: 'size', group: 'Limits', range: ['1B', '1MiB'], default: '16KiB', description: 'All field lines of a request together' },
  fieldCountMax: { kind: 'count', group: 'Limits', range: [1, 10_000], default: 100, description: 'Most field lines in a request' },
  contentBytesMax: { kind: 'size', group: 'Limits', range: ['0B', '1024GiB'], default: '1MiB', description: 'Largest content of a request' },
  chunkExtensionBytesMax: { kind: 'size', group: 'Limits', range: ['0B', '64KiB'], default: '256B', description: 'Longest extensions of a chunk' },
  trailersBytesMax: { kind: 'size', group: 'Limits', range: ['0B', '1MiB'], default: '4KiB', description: 'All trailer lines of a request together' },
  queuedBytesMax: { kind: 'size', group: 'Limits', range: ['64KiB', '1GiB'], default: '256KiB', description: 'Response bytes queued before reading on' },
  discardBytesMax: { kind: 'size', group: 'Limits', range: ['0B', '1GiB'], default: '64KiB', description: 'Unwanted content read to keep a connection' },
  lingerBytesMax: { kind: 'size', group: 'Limits', range: ['0B', '1GiB'], default: '64KiB', description: 'Bytes discarded after a last response' },

  config: { kind: 'file', group: 'Configuration', in: ['flag', 'variable'],
    description: 'TOML file to read (default: statewire.toml, if it exists)' },
  printConfig: { kind: 'switch', group: 'Configuration', in: ['flag'], description: 'Print the settings and their sources as TOML, and exit' },
  help: { kind: 'switch', group: 'Configuration', in: ['flag'], short: 'h', description: 'Print this help, and exit' },
  version: { kind: 'switch', group: 'Configuration', in: ['flag'], short: 'v', description: 'Print the version, and exit' },
} as const

type Settings = typeof settings
export type SettingName = keyof Settings

type ValueOf<S extends Setting> = S extends { kind: 'count' | 'duration' | 'size' }
  ? number
  : S extends { kind: 'switch' }
    ? boolean
    : S extends { kind: 'choice'; choices: readonly (infer Choice)[] }
      ? Choice
      : S extends { kind: 'choices'; choices: readonly (infer Choice)[] }
        ? readonly Choice[]
        : S extends { kind: 'addresses' }
          ? readonly Address[]
          : S extends { kind: 'names' | 'origins' | 'networks' }
            ? readonly string[]
            : string

type OptionOf<S extends Setting> = S extends { kind: 'duration' | 'size' }
  ? number | string
  : S extends { kind: 'addresses' }
    ? readonly (Address | string)[]
    : ValueOf<S>

/** What the table gives: checked, complete, `root` absolute, durations in milliseconds and sizes in bytes. */
export type ScalarConfig = {
  readonly [Name in SettingName as Settings[Name] extends { in: unknown } | { part: true }
    ? never
    : Name]:
    | ValueOf<Settings[Name]>
    | (Settings[Name] extends { optional: true } ? undefined : never)
}

/** The configuration in force. */
export type Config = ScalarConfig & {
  /** Those of the root; `single` is among them, as the one for `/`. */
  readonly rules: SiteRules
  readonly hosts: readonly HostConfig[]
}

/** A site by its name, which is in lower case and without a port; an IPv6 address has no brackets. `root` is absolute. */
export type HostConfig = { readonly name: string; readonly root: string; readonly rules: SiteRules }

/** What a caller of the library may set; what is left out has its default. */
export type Options = {
  readonly [Name in SettingName as Settings[Name] extends { in: unknown } ? never : Name]?:
    | OptionOf<Settings[Name]>
    | undefined
} & {
  readonly rules?: RulesOption | undefined
  readonly hosts?: readonly HostOption[] | undefined
}

export const settingNames: readonly SettingName[] = Object.keys(settings) as SettingName[]

/** The entry, without the literal types that only the derived types above need. */
export function settingOf(name: SettingName): Setting {
  return settings[name]
}

/** The settings that may be given in a source, in the order of the table. */
export function namesIn(source: SourceKind): SettingName[] {
  return settingNames.filter(name => settingOf(name).in?.includes(source) ?? true)
}

/** The names of ScalarConfig, in the order of the table. */
export function configNames(): (keyof ScalarConfig)[] {
  return settingNames.filter(
    (name): name is keyof ScalarConfig =>
      settingOf(name).in === undefined && settingOf(name).part === undefined,
  )
}
