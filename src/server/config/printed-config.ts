import { prefixText, type SiteRules } from '../../response/site-rules.ts'
import { formatAddress } from './address.ts'
import type { CombinedConfig } from './combine-sources.ts'
import { configNames } from './config.ts'
import { oneLine } from './config-issue.ts'
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
  const hosts = config.hosts.map(
    ({ name, root, rules }) => table('hosts', { name, root }) + ruleTables('hosts.', rules),
  )
  return [...lines, ruleTables('', config.rules), ...hosts].join('')
}

/** Returns TOML tables. `prefix` is put before their names. */
function ruleTables(prefix: string, rules: SiteRules): string {
  const tables = {
    headers: rules.headers.map(rule => ({ ...rule, set: new Map(rule.set) })),
    redirects: rules.redirects,
    rewrites: rules.rewrites,
    cache: rules.caches,
    types: rules.types,
    single: rules.singles.map(rule => ({ ...rule, prefix: prefixText(rule.prefix) })),
  }
  return Object.entries(tables)
    .flatMap(([name, rules]) => rules.map(rule => table(prefix + name, rule)))
    .join('')
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
