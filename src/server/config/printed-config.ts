import { type Address, formatAddress } from './address.ts'
import type { Sources } from './combine.ts'
import { kebabName } from './names.ts'
import { oneLine } from './problem.ts'
import { type Config, configNames } from './settings.ts'

/** The configuration as a TOML file that gives the same again, each setting with where it came from. */
export function printedConfig(config: Config, sources: Sources): string {
  return configNames()
    .map(name => `${kebabName(name)} = ${tomlOf(config[name])} # ${oneLine(sources[name])}\n`)
    .join('')
}

function tomlOf(value: Config[keyof Config] | Address): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return tomlString(value)
  if ('host' in value) return tomlString(formatAddress(value))
  return `[${value.map(tomlOf).join(', ')}]`
}

/** A JSON string is a TOML string but for DEL, which TOML wants escaped. */
function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}
