// The names of a setting: headTimeoutMs in code, head-timeout-ms as flag and TOML key,
// STATEWIRE_HEAD_TIMEOUT_MS as variable. Its further flags work as TOML keys and variables too.

import { namesIn, type SettingName, type SourceKind, settingOf } from './settings-table.ts'

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

/** The settings of a kind of source, by each of their kebab-case names. */
export function settingsByName(kind: SourceKind): Map<string, SettingName> {
  return new Map(
    namesIn(kind).flatMap(name =>
      [kebabName(name), ...flagNames(name)].map(kebab => [kebab, name] as const),
    ),
  )
}
