import type { SiteRules } from '../../response/site-rules.ts'
import type { Address } from './address.ts'
import type { SourceLocation } from './config-issue.ts'
import { SITE_SETTINGS } from './rule-options.ts'
import { namesIn, type Setting, type SettingName, settingOf, type settings } from './settings.ts'

type Settings = typeof settings

/** A page that `single` names, and where it does so. */
export type SinglePage = {
  /** The root of its site. */
  readonly root: string
  /** The path of the page below the root. */
  readonly file: string
  readonly symlinks: Config['symlinks']
  readonly named: SourceLocation
}

/** The type of a setting in Config. */
export type ValueOf<S extends Setting> = S extends { choices: readonly (infer Choice)[] }
  ? S extends { type: 'choice' | 'mode' }
    ? Choice
    : readonly Choice[]
  : S extends { type: 'count' | 'duration' | 'size' }
    ? number
    : S extends { type: 'switch' }
      ? boolean
      : S extends { type: 'addresses' }
        ? readonly Address[]
        : S extends { type: 'file-names' | 'origins' | 'networks' }
          ? readonly string[]
          : string

/** The settings in force, with absolute paths, durations in milliseconds and sizes in bytes. */
export type ScalarConfig = {
  readonly [Name in ConfigName]:
    | ValueOf<Settings[Name]>
    | (Settings[Name] extends { optional: true } ? undefined : never)
}

type ConfigName = {
  [Name in SettingName]: Settings[Name] extends { sources: unknown } | { mergedInto: unknown }
    ? never
    : Name
}[SettingName]

/** The settings of a site in force. An optional one that is unset may be left out. */
export type SiteSettings = Pick<ScalarConfig, (typeof SITE_SETTINGS)[number]>

/** A site with its own host names. */
export type HostConfig = {
  /**
   * In lower case, without a port; an IPv6 address has no brackets. `*.a.example` stands for all
   * names below `a.example`.
   */
  readonly names: readonly string[]
  /** An absolute path. */
  readonly root: string
  readonly rules: SiteRules
  readonly settings: SiteSettings
}

/** The configuration in force. */
export type Config = ScalarConfig & {
  /** The rules of `root`, including `single` as the single-page application at `/`. */
  readonly rules: SiteRules
  readonly hosts: readonly HostConfig[]
  /** Absolute paths of files that are never served or replaced: the configuration file. */
  readonly privateFiles: readonly string[]
  /** The pages of all single-page applications, which must exist when the server starts. */
  readonly singlePages: readonly SinglePage[]
}

/** The names of ScalarConfig, in the order of the table. */
export function configNames(): (keyof ScalarConfig)[] {
  const names = namesIn('option').filter(name => settingOf(name).mergedInto === undefined)
  return names as (keyof ScalarConfig)[]
}

/** Returns the settings of a site, also those that are unset: they override those of the top. */
export function siteSettingsOf(
  settings: {
    readonly [Name in keyof SiteSettings]?: unknown
  },
): SiteSettings {
  return Object.fromEntries(SITE_SETTINGS.map(name => [name, settings[name]])) as SiteSettings
}
