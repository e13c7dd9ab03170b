// How a setting is called: headTimeoutMs in code, head-timeout-ms as flag and TOML key, STATEWIRE_HEAD_TIMEOUT_MS
// as variable. Its further names work in the same three places.

import { namesIn, type SettingName, type SourceKind, settingOf } from './settings.ts'

export function kebabName(name: SettingName): string {
  return name.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)
}

/** The names to show on the command line, the preferred one first. */
export function flagNames(name: SettingName): readonly string[] {
  return settingOf(name).flags ?? [kebabName(name)]
}

export function variableName(kebab: string): string {
  return `STATEWIRE_${kebab.toUpperCase().replaceAll('-', '_')}`
}

/** Every kebab-case name that means something in a source, with the setting it means. */
export function namesKnown(source: SourceKind): Map<string, SettingName> {
  return new Map(
    namesIn(source).flatMap(name =>
      [kebabName(name), ...flagNames(name)].map(known => [known, name] as const),
    ),
  )
}
