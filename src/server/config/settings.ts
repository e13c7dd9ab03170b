// The table of settings. A new setting is a new entry: flags, variables, TOML keys, checks, help,
// docs/settings.md, the types in config.ts and the interface in serve-options.ts follow from it.
// It is data, with ranges and defaults as a user would write them.

import type { Address } from './address.ts'
import { fdBudget } from './open-files.ts'
import { type SettingType, settingType, type TypeEntry } from './setting-type.ts'

export type SourceKind = 'flag' | 'variable' | 'file' | 'option'

/** What the configuration depends on, other than its sources. */
export type ConfigEnvironment = {
  /** The working folder. */
  readonly cwd: string
  readonly stdoutIsTerminal: boolean
  /** A function because finding the limit takes milliseconds; called only if a default needs it. */
  readonly openFilesSoftLimit: () => number
  /** Sockets that the process inherited: the listeners if no source gives any. */
  readonly inherited?: readonly Address[]
}

export type Setting = TypeEntry & {
  /** Begins a group of settings in the help. */
  readonly heading?: string
  readonly description: string
  /** The letter of the flag. */
  readonly short?: string
  /** The flags in kebab case, the preferred one first; by default, the name of the setting. */
  readonly flags?: readonly string[]
  /** All by default. With this property the setting controls the loading, and is not in Config. */
  readonly sources?: readonly SourceKind[]
  /** The setting of Config that contains this one. */
  readonly mergedInto?: 'listeners' | 'rules'
  /** The value of the flag without one. Another follows `=`, or is an argument beside ROOT. */
  readonly bareValue?: string
  /** The setting may be unset. */
  readonly optional?: true
  readonly default?: string | number | boolean | readonly string[] | ComputedDefault
}

type ComputedDefault = {
  /** What the help shows. */
  readonly text: string
  /** The default of `serve()`, if `text` does not apply to it. */
  readonly inCode?: string
  readonly compute: (environment: ConfigEnvironment) => unknown
}

// biome-ignore format: short entries are easier to compare
export const settings = {
  root: { type: 'folder', heading: 'Serving', short: 'd', flags: ['data-dir', 'directory'],
    default: { text: '.', inCode: "'.'", compute: ({ cwd }: ConfigEnvironment): string => cwd },
    description: 'Folder to serve, relative to the working folder or to the TOML file' },
  indexFiles: { type: 'file-names', default: ['index.html'],
    description: 'Index files of a folder, in order of preference' },
  cleanUrls: { type: 'mode', choices: ['serve', 'redirect', 'off'], on: 'serve', off: 'off',
    bareValue: 'serve', default: 'serve',
    description: 'Serve about.html at /about as well, or redirect /about.html to it and /index.html to /' },
  single: { type: 'site-file', mergedInto: 'rules', short: 's', bareValue: 'index.html',
    optional: true,
    description: 'Single-page application: serve this file at missing paths, except for subresources' },
  list: { type: 'switch', default: false,
    description: 'List the contents of folders that have no index file' },
  symlinks: { type: 'choice', choices: ['inside', 'never', 'anywhere'], default: 'inside',
    description: 'Follow symbolic links to targets inside the root, never, or anywhere' },
  unknownHosts: { type: 'choice', choices: ['default', 'refuse'], default: 'default',
    description: 'For an unknown Host: serve the default root, or refuse the request with 421' },
  endpoints: { type: 'choices', choices: ['echo', 'user-agent', 'sleep', 'files'], default: [],
    description: 'Endpoints to enable in addition to the static files' },
  sleepMs: { type: 'duration', range: ['0ms', '24h'], default: '10s',
    description: 'Delay of the /sleep endpoint' },

  cacheSeconds: { type: 'count', heading: 'Caching', flags: ['cache', 'cache-seconds'],
    range: [0, 31_536_000], example: 3600, optional: true,
    description: 'max-age of all files; if unset, a year for hashed names, else no-cache' },
  etag: { type: 'choice', choices: ['auto', 'content'], default: 'auto',
    description: 'Make the ETag of files too large for memory of samples, or of all content' },
  compressionsMax: { type: 'count', range: [0, 64], example: 2, default: 1,
    description: 'Files to compress at the same time; 0 disables compression' },
  memoryBytesMax: { type: 'size', range: ['0B', '64GiB'], default: '64MiB',
    description: 'Memory for cached files and their compressed versions' },
  memoryFileBytesMax: { type: 'size', range: ['0B', '1GiB'], default: '1MiB',
    description: 'Largest file to cache in memory' },
  revalidateMs: { type: 'duration', range: ['0ms', '24h'], default: '1s',
    description: 'How long a change on the disk may go unnoticed' },
  fileAccess: { type: 'choice', choices: ['auto', 'direct', 'threads'], default: 'auto',
    description: 'Call the file system directly, in threads, or directly while it is local and fast' },

  cors: { type: 'origins', heading: 'Headers', bareValue: '*', optional: true,
    description: 'Origins whose pages may read responses; * for all' },
  securityHeaders: { type: 'switch', default: false,
    description: 'Send Referrer-Policy and X-Frame-Options' },
  serverTiming: { type: 'switch', default: false,
    description: 'Send Server-Timing, for diagnosis: no response is then repeated from memory' },
  contentSecurityPolicy: { type: 'header-value', optional: true,
    description: 'Content-Security-Policy header of all responses' },

  uploadBytesMax: { type: 'size', heading: 'Uploads', flags: ['upload-max', 'upload-bytes-max'],
    range: ['0B', '1024GiB'], default: '64MiB', description: 'Largest upload to /files/' },
  uploadConflict: { type: 'choice', choices: ['replace', 'refuse', 'rename'], default: 'replace',
    description: 'What to do with an upload whose file name exists' },
  uploadOrigins: { type: 'origins', optional: true,
    description: 'Origins of other sites whose pages may upload; * for all' },
  uploadsMax: { type: 'count', range: [1, 10_000], example: 16, default: 64,
    description: 'Uploads at the same time per process' },

  listeners: { type: 'addresses', heading: 'Listening', short: 'a', flags: ['address', 'listeners'],
    description: 'Listen on these, not on --host and --port: HOST:PORT, unix:/PATH[?mode=660], fd:N' },
  host: { type: 'host', mergedInto: 'listeners', short: 'H', default: '127.0.0.1',
    description: 'Host to listen on' },
  port: { type: 'count', mergedInto: 'listeners', short: 'p', range: [0, 65_535], example: 8080,
    default: 4221, description: 'Port to listen on; 0 picks a free port' },
  workers: { type: 'count', short: 'w', flags: ['workers', 'pool-size'], range: [1, 256],
    example: 4, default: 1, description: 'Worker processes; 1 serves from the main process' },
  user: { type: 'user', optional: true,
    description: 'User of the processes that serve, if the server is started as root' },
  connectionsMax: { type: 'count', range: [1, 2_147_483_647], example: 10_000,
    default: { text: 'soft limit of open files minus 128, or fewer if it is low',
      compute: (environment: ConfigEnvironment): number =>
        Math.min(fdBudget(environment.openFilesSoftLimit()).connections, 2_147_483_647) },
    description: 'Open connections per process' },
  connectionsPerAddressMax: { type: 'count', range: [0, 2_147_483_647], example: 100, default: 0,
    description: 'Open connections per process from one IP address or IPv6 /64; 0 for no limit' },
  readStrategy: { type: 'choice', choices: ['raw', 'shared-buffer', 'stream'], default: 'raw',
    description: 'How the server reads from sockets' },

  proxyProtocolFrom: { type: 'networks', heading: 'Balancers', default: [],
    description: 'Balancers that send a PROXY header first, such as 10.0.0.0/8 or unix' },
  trustedProxies: { type: 'networks', default: [],
    description: 'Proxies whose --forwarded-field is trusted, such as 10.0.0.0/8' },
  forwardedField: { type: 'choice', choices: ['x-forwarded-for', 'forwarded'],
    default: 'x-forwarded-for',
    description: 'Header in which trusted proxies send the client address' },
  health: { type: 'switch', default: true,
    description: 'Serve /-/live and /-/ready; /-/ready responds with 503 during shutdown' },

  accessLog: { type: 'choice', heading: 'Logs', choices: ['combined', 'json', 'off'],
    default: { text: 'combined on a terminal, else off', inCode: "'off'",
      compute: (environment: ConfigEnvironment): string =>
        environment.stdoutIsTerminal ? 'combined' : 'off' },
    description: 'Format of the access log on stdout' },
  metrics: { type: 'switch', default: false,
    description: 'Serve metrics for Prometheus at /-/metrics, to all that reach the listeners' },
  metricsAddress: { type: 'addresses', optional: true,
    description: 'Serve metrics for Prometheus on these addresses only, at /metrics' },
  logLevel: { type: 'choice', choices: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'info', description: 'Minimum level of log messages on stderr' },

  headTimeoutMs: { type: 'duration', heading: 'Timeouts', range: ['1ms', '24h'], default: '30s',
    description: 'Time to receive a whole request head' },
  contentTimeoutMs: { type: 'duration', range: ['1ms', '24h'], default: '30s',
    description: 'Time a request body may be below the minimum rate' },
  contentBytesPerSecondMin: { type: 'size', range: ['0B', '1GiB'], default: '500B',
    description: 'Minimum rate of a request body, in bytes per second; 0 for none' },
  handlerTimeoutMs: { type: 'duration', range: ['0ms', '24h'], default: '60s',
    description: 'Time for an endpoint other than /sleep to begin its response; 0 for no limit' },
  writeTimeoutMs: { type: 'duration', range: ['1ms', '24h'], default: '30s',
    description: 'Time a client may read below the minimum rate; 10 times that after fast reads' },
  writeBytesPerSecondMin: { type: 'size', range: ['0B', '1GiB'], default: '500B',
    description: 'Minimum rate at which a client reads, in bytes per second; 0 for none' },
  halfClosedTimeoutMs: { type: 'duration', range: ['0ms', '24h'], default: '5s',
    description: 'Time a response may stand still after its client has sent FIN; 0 for no limit' },
  idleTimeoutMs: { type: 'duration', range: ['1ms', '24h'], default: '75s',
    description: 'Time to wait for the next request on an open connection' },
  lingerTimeoutMs: { type: 'duration', range: ['0ms', '24h'], default: '5s',
    description: 'Time to wait for the client to send more or to close after the last response' },
  lingerTotalMs: { type: 'duration', range: ['0ms', '24h'], default: '30s',
    description: 'Time in all to discard what a client sends after the last response' },
  drainTimeoutMs: { type: 'duration', flags: ['drain-timeout', 'drain-timeout-ms'],
    range: ['0ms', '24h'], default: '30s',
    description: 'Time for requests in flight to finish at shutdown' },
  drainIdleMs: { type: 'duration', range: ['0ms', '24h'], default: '500ms',
    description: 'Time for one last request on an idle connection at shutdown' },
  drainDelayMs: { type: 'duration', range: ['0ms', '24h'], default: '0ms',
    description: 'Delay before the listeners close at shutdown, so that balancers can notice' },
  workersTimeoutMs: { type: 'duration', range: ['0ms', '24h'], default: '30s',
    description: 'How long the server goes on while no worker listens; then it exits with code 1' },

  requestsMax: { type: 'count', heading: 'Limits', range: [1, 2_147_483_647], example: 1000,
    default: 10_000, description: 'Requests per connection' },
  requestLineBytesMax: { type: 'size', range: ['1B', '1MiB'], default: '8KiB',
    description: 'Longest request line' },
  methodBytesMax: { type: 'size', range: ['1B', '1KiB'], default: '32B',
    description: 'Longest method' },
  fieldLineBytesMax: { type: 'size', range: ['1B', '1MiB'], default: '8KiB',
    description: 'Longest header line' },
  fieldsBytesMax: { type: 'size', range: ['1B', '1MiB'], default: '16KiB',
    description: 'All header lines of a request together' },
  fieldCountMax: { type: 'count', range: [1, 10_000], example: 200, default: 100,
    description: 'Number of header lines in a request' },
  contentBytesMax: { type: 'size', range: ['0B', '1024GiB'], default: '1MiB',
    description: 'Largest request body' },
  chunkLineBytesMax: { type: 'size', range: ['1B', '64KiB'], default: '512B',
    description: 'Longest line with the size of a chunk and its extensions' },
  trailersBytesMax: { type: 'size', range: ['0B', '1MiB'], default: '4KiB',
    description: 'All trailer lines of a request together' },
  queuedBytesMax: { type: 'size', range: ['64KiB', '1GiB'], default: '256KiB',
    description: 'Unsent response bytes at which the server stops reading from a connection' },
  discardBytesMax: { type: 'size', range: ['0B', '1GiB'], default: '64KiB',
    description: 'Unread request body to discard in order to keep a connection open' },

  config: { type: 'file', heading: 'Configuration', sources: ['flag', 'variable'],
    description: 'TOML file to read (default: statewire.toml, if it exists)' },
  printConfig: { type: 'switch', sources: ['flag'],
    description: 'Print the settings and their sources as TOML, and exit' },
  help: { type: 'switch', sources: ['flag'], short: 'h', description: 'Print this help, and exit' },
  version: { type: 'switch', sources: ['flag'], short: 'v',
    description: 'Print the version, and exit' },
} as const

export type SettingName = keyof typeof settings

export const settingNames: readonly SettingName[] = Object.keys(settings) as SettingName[]

/** The entry of a setting, without the literal types that only the derived types need. */
export function settingOf(name: SettingName): Setting {
  return settings[name]
}

/** Made when it is asked for: all together would take 3 ms of the start. */
export function settingTypeOf(name: SettingName): SettingType {
  return settingType(settingOf(name))
}

/** The settings that a kind of source may give, in the order of the table. */
export function namesIn(kind: SourceKind): SettingName[] {
  return settingNames.filter(name => settingOf(name).sources?.includes(kind) ?? true)
}

/** The settings of a kind of source, by each of their kebab-case names. */
export function settingsByName(kind: SourceKind): Map<string, SettingName> {
  const entries = namesIn(kind).map(name =>
    [kebabName(name), ...flagNames(name)].map(kebab => [kebab, name] as const),
  )
  return new Map(entries.flat())
}

/** The TOML key, which is also a flag: `head-timeout-ms`. */
export function kebabName(name: SettingName): string {
  return name.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)
}

/** The flags of a setting as the help shows them, the preferred one first. */
export function flagNames(name: SettingName): readonly string[] {
  return settingOf(name).flags ?? [kebabName(name)]
}

export function variableName(kebab: string): string {
  return `STATEWIRE_${kebab.toUpperCase().replaceAll('-', '_')}`
}
