import { type Address, formatAddress } from './address.ts'
import type { Sources } from './combine-sources.ts'
import { oneLine } from './config-issue.ts'
import { kebabName } from './names.ts'
import { hostTables, ruleTables, tomlString } from './printed-rules.ts'
import { type Config, configNames, type ScalarConfig } from './settings.ts'

/** The configuration as a TOML file that gives the same again, each setting with where it came from. */
export function printedConfig(config: Config, sources: Sources): string {
  return settingLines(config, sources) + ruleTables(config.rules, '') + hostTables(config.hosts)
}

function settingLines(config: Config, sources: Sources): string {
  return configNames()
    .map(name => {
      const value = config[name]
      const line =
        value === undefined
          ? `# ${kebabName(name)} is unset`
          : `${kebabName(name)} = ${tomlOf(value)} # ${oneLine(sources[name])}`
      return `${line}\n`
    })
    .join('')
}

function tomlOf(value: NonNullable<ScalarConfig[keyof ScalarConfig]> | Address): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return tomlString(value)
  return 'map' in value ? `[${value.map(tomlOf).join(', ')}]` : tomlString(formatAddress(value))
}
