import { NO_RULES, type SiteRules } from '../../response/site-rules.ts'
import { type Config, configNames, type ScalarConfig } from './config.ts'
import type { RawValue } from './config-issue.ts'
import type { ConfigSource } from './config-source.ts'
import { parseDefault } from './setting-type.ts'
import { type ConfigEnvironment, type SettingName, settingOf } from './settings.ts'
import { singlePagesOf } from './single-pages.ts'

/** The configuration in force, and where each setting was given; `default` if nowhere. */
export type CombinedConfig = {
  readonly config: Config
  readonly locations: Readonly<Record<keyof ScalarConfig, string>>
}

type Choice = { readonly value: unknown; readonly location: string }

/** Combines valid sources with the defaults. Of two that give a setting, the earlier wins. */
export function combineSources(
  sources: readonly ConfigSource[],
  environment: ConfigEnvironment,
): CombinedConfig {
  const choose = (name: SettingName, among = sources): Choice => {
    const source = among.find(({ given }) => given.has(name))
    if (source === undefined) return { value: defaultOf(name, environment), location: 'default' }
    return { value: source.values[name], location: locationsOf(source.given.get(name)!) }
  }

  /**
   * `listeners`, and `host` with `port`, are two forms of one setting: the first source that gives
   * either form decides. Host and port may come from two sources, but not from one after a source
   * that gives `listeners`. Inherited sockets replace the defaults.
   */
  const chooseListeners = (): Choice => {
    const first = sources.findIndex(({ values }) => values.listeners !== undefined)
    const before = first === -1 ? sources : sources.slice(0, first)
    const { inherited = [] } = environment
    if (before.every(({ values: { host, port } }) => (host ?? port) === undefined)) {
      if (first !== -1) return choose('listeners')
      if (inherited.length > 0) return { value: inherited, location: 'LISTEN_FDS' }
    }
    const [host, port] = [choose('host', before), choose('port', before)]
    const locations = new Set([host.location, port.location])
    if (locations.size > 1) locations.delete('default')
    return { value: [{ host: host.value, port: port.value }], location: [...locations].join(', ') }
  }

  const values: Record<string, unknown> = Object.create(null)
  const locations: Record<string, string> = Object.create(null)
  for (const name of configNames()) {
    const choice = name === 'listeners' ? chooseListeners() : choose(name)
    values[name] = choice.value
    locations[name] = choice.location
  }
  const rules = sources.find(({ rules }) => rules !== undefined)?.rules
  values.rules = withSingle(rules, choose('single'))
  values.privateFiles = sources.flatMap(({ files }) => files)
  values.hosts = sources.find(({ hosts }) => hosts !== undefined)?.hosts ?? []
  values.singlePages = singlePagesOf(values as Config, sources)
  return { config: values as Config, locations: locations as CombinedConfig['locations'] }
}

function defaultOf(name: SettingName, environment: ConfigEnvironment): unknown {
  const setting = settingOf(name)
  const value = setting.default
  const isComputed = typeof value === 'object' && 'compute' in value
  return isComputed ? value.compute(environment) : parseDefault(setting.type, value)
}

/** The locations of a value, several if it is a list. */
function locationsOf({ value, locate }: RawValue): string {
  const elements = Array.isArray(value) ? value.map((_, at) => locate([at])) : []
  return [...new Set([locate([]), ...elements].map(({ location }) => location))].join(', ')
}

/** Adds the rule for `/` that `single` is short for; it replaces one from another source. */
function withSingle(rules: SiteRules = NO_RULES, { value, location }: Choice): SiteRules {
  if (location === 'default') return rules
  const others = rules.singles.filter(({ prefix }) => prefix !== '/')
  const own = value === undefined ? [] : [{ prefix: '/', file: value as string }]
  return { ...rules, singles: [...others, ...own] }
}
