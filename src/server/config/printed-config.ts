import { prefixText, type SiteRules } from '../../response/site-rules.ts'
import { formatAddress } from './address.ts'
import type { CombinedConfig } from './combine-sources.ts'
import { type Config, configNames, type HostConfig } from './config.ts'
import { oneLine } from './config-issue.ts'
import { SITE_SETTINGS } from './rule-options.ts'
import { kebabName } from './settings.ts'

/** A TOML file with the same configuration, and a comment for where each setting was given. */
export function printedConfig({ config, locations }: CombinedConfig): string {
  const lines = configNames().map(name => {
    const key = kebabName(name)
    const isAddresses = name === 'listeners' || name === 'metricsAddress'
    const value = isAddresses ? config[name]?.map(formatAddress) : config[name]
    if (value === undefined) return `# ${key} is unset\n`
    return `${key} = ${toToml(value)} # ${oneLine(locations[name])}\n`
  })
  const hosts = config.hosts.map(host => printedHost(host, config))
  return [...lines, ruleTables('', config.rules), ...hosts].join('')
}

/** Prints what a host does not inherit. */
function printedHost({ names, root, rules, settings }: HostConfig, top: Config): string {
  const given: Record<string, unknown> = { names, root }
  for (const name of SITE_SETTINGS) {
    const [own, inherited] = [settings[name], top[name]].map(value => JSON.stringify(value))
    if (own !== inherited) given[kebabName(name)] = settings[name] ?? false
  }
  const inherited = tablesOf(top.rules)
  const hasSingles = rules.singles.some(({ isInherited }) => !isInherited)
  const own = Object.entries(tablesOf(rules)).filter(
    ([kind, tables]) =>
      toText(tables) !== toText(inherited[kind]) || (kind === 'single' && hasSingles),
  )
  // An empty list replaces the rules of the top, too.
  for (const [kind, tables] of own) if (tables.length === 0) given[kind] = []
  return table('hosts', given) + printTables('hosts.', own)
}

/** Returns TOML tables. `prefix` is put before their names. */
function ruleTables(prefix: string, rules: SiteRules): string {
  return printTables(prefix, Object.entries(tablesOf(rules)))
}

function printTables(prefix: string, kinds: readonly [string, readonly object[]][]): string {
  return kinds.flatMap(([kind, tables]) => tables.map(one => table(prefix + kind, one))).join('')
}

/** The tables of each kind of rule. */
function tablesOf(rules: SiteRules): Readonly<Record<string, readonly object[]>> {
  return {
    headers: rules.headers.map(rule => ({ ...rule, set: new Map(rule.set) })),
    redirects: rules.redirects,
    rewrites: rules.rewrites,
    cache: rules.caches,
    types: rules.types,
    single: rules.singles.map(({ prefix, file }) => ({ prefix: prefixText(prefix), file })),
  }
}

function toText(tables: readonly object[] | undefined): string {
  return printTables('', [['', tables ?? []]])
}

function table(name: string, pairs: object): string {
  const given = Object.entries(pairs).filter(([, value]) => value !== undefined)
  const lines = given.map(([key, value]) => `${key} = ${toToml(value)}\n`)
  return `\n[[${name}]]\n${lines.join('')}`
}

/** Patterns and templates are printed as their text, maps as inline tables. */
function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(', ')}]`
  if (value instanceof Map) {
    const pairs = Array.from(value, ([key, value]) => `${toToml(key)} = ${toToml(value)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  if (typeof value === 'object') return toToml((value as { text: string }).text)
  // JSON is TOML here, except that TOML requires DEL to be escaped.
  return JSON.stringify(value).replaceAll('\x7f', '\\u007f')
}
