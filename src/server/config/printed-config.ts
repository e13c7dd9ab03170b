import { type Address, formatAddress } from './address.ts'
import type { SettingLocations } from './combine-sources.ts'
import { oneLine } from './config-issue.ts'
import { kebabName } from './names.ts'
import { hostTables, ruleTables, tomlString } from './printed-rules.ts'
import { type Config, configNames, type ScalarConfig } from './settings.ts'

/** A TOML file with the same configuration, and a comment for where each setting was given. */
export function printedConfig(config: Config, locations: SettingLocations): string {
  return settingLines(config, locations) + ruleTables(config.rules, '') + hostTables(config.hosts)
}

function settingLines(config: Config, locations: SettingLocations): string {
  return configNames()
    .map(name => {
      const value = config[name]
      const line =
        value === undefined
          ? `# ${kebabName(name)} is unset`
          : `${kebabName(name)} = ${toToml(value)} # ${oneLine(locations[name])}`
      return `${line}\n`
    })
    .join('')
}

function toToml(value: NonNullable<ScalarConfig[keyof ScalarConfig]> | Address): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return tomlString(value)
  return 'map' in value ? `[${value.map(toToml).join(', ')}]` : tomlString(formatAddress(value))
}
