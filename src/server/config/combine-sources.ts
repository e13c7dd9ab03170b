import { NO_RULES, type SiteRules } from '../../response/site-rules.ts'
import type { Address } from './address.ts'
import type { ConfigEnvironment } from './config-environment.ts'
import type { ConfigIssue } from './config-issue.ts'
import { ConfigSource, type ParsedSource } from './config-source.ts'
import { type Config, configNames, type ScalarConfig } from './settings.ts'
import { namesIn, type SettingName, settingOf } from './settings-table.ts'

/** Where each setting in force was given; `default` if nowhere. */
export type SettingLocations = Readonly<Record<keyof ScalarConfig, string>>

/** `config` is complete only if there are no issues. */
export type CombinedConfig = {
  readonly issues: readonly ConfigIssue[]
  readonly config: Config
  readonly locations: SettingLocations
}

/** Combines sources with the defaults. Of two sources that give a setting, the earlier wins. */
export function combineSources(
  given: readonly ParsedSource[],
  environment: ConfigEnvironment,
): CombinedConfig {
  const sources = [...given, parseDefaults(given, environment)]
  const choices = configNames().map(name => {
    const choice =
      name === 'listeners' ? chooseListeners(sources, environment) : choose(sources, name)
    return [name, choice] as const
  })
  return {
    issues: sources.flatMap(({ issues }) => issues),
    config: {
      ...(Object.fromEntries(choices.map(([name, { value }]) => [name, value])) as ScalarConfig),
      rules: chooseRules(sources),
      hosts: sources.find(({ hosts }) => hosts !== undefined)?.hosts ?? [],
    },
    locations: Object.fromEntries(
      choices.map(([name, { location }]) => [name, location]),
    ) as SettingLocations,
  }
}

function parseDefaults(
  given: readonly ParsedSource[],
  environment: ConfigEnvironment,
): ParsedSource {
  const source = new ConfigSource(environment.cwd)
  for (const name of namesIn('option')) {
    const value = settingOf(name).default
    if (value === undefined) continue
    if (typeof value !== 'object' || !('compute' in value)) source.addValue(name, 'default', value)
    // Computing a default may be slow.
    else if (given.every(({ values }) => values[name] === undefined))
      source.addValue(name, 'default', value.compute(environment))
  }
  return source.parse()
}

type Choice = { readonly value: unknown; readonly location: string }

function choose(sources: readonly ParsedSource[], name: SettingName): Choice {
  const source = sources.find(({ values }) => values[name] !== undefined)
  return { value: source?.values[name], location: source?.locations[name] ?? 'default' }
}

/** Adds `single` to the rules. It replaces a rule for the same prefix from another source. */
function chooseRules(sources: readonly ParsedSource[]): SiteRules {
  const rules = sources.find(({ rules }) => rules !== undefined)?.rules ?? NO_RULES
  const file = choose(sources, 'single').value as string | undefined
  if (file === undefined) return rules
  const others = rules.singles.filter(({ prefix }) => prefix !== '/')
  return { ...rules, singles: [...others, { prefix: '/', file }] }
}

/**
 * `listeners`, and `host` with `port`, are two forms of one setting: the first source that gives
 * either form decides. Host and port may come from two sources, but not from one after a source
 * that gives `listeners`. Inherited sockets replace the defaults.
 */
function chooseListeners(
  sources: readonly ParsedSource[],
  { inherited = [] }: ConfigEnvironment,
): Choice {
  const isGiven = sources.slice(0, -1).some(({ values }) => {
    return values.listeners !== undefined || values.host !== undefined || values.port !== undefined
  })
  if (!isGiven && inherited.length > 0) return { value: inherited, location: 'LISTEN_FDS' }

  const first = sources.findIndex(({ values }) => values.listeners !== undefined)
  const firstPart = sources.findIndex(
    ({ values }) => values.host !== undefined || values.port !== undefined,
  )
  if (first !== -1 && first < firstPart) return choose(sources, 'listeners')

  const before = first === -1 ? sources : [...sources.slice(0, first), ...sources.slice(-1)]
  const host = choose(before, 'host')
  const port = choose(before, 'port')
  const locations = new Set([host.location, port.location])
  if (locations.size > 1) locations.delete('default')
  return {
    value: [{ host: host.value, port: port.value }] as Address[],
    location: [...locations].join(', '),
  }
}
