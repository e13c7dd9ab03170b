import { NO_RULES, type SiteRules } from '../../response/site-rules.ts'
import {
  type Config,
  configNames,
  type HostConfig,
  type ScalarConfig,
  siteSettingsOf,
} from './config.ts'
import { formatLocation, type RawValue } from './config-issue.ts'
import type { ConfigSource, GivenHost } from './config-source.ts'
import { parseDefault } from './setting-type.ts'
import { type ConfigEnvironment, type SettingName, settingOf } from './settings.ts'
import { singlePagesOf } from './single-pages.ts'

/** The configuration in force, and where each setting was given; `default` if nowhere. */
export type CombinedConfig = {
  readonly config: Config
  readonly locations: Readonly<Record<keyof ScalarConfig, string>>
  /** Where each root was given, by its path; without one that is the default. */
  readonly rootLocations: ReadonlyMap<string, string>
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
  const top = values as Config
  const hosts = sources.find(({ hosts }) => hosts !== undefined)?.hosts ?? []
  values.hosts = hosts.map(host => inherit(host, top))
  values.singlePages = singlePagesOf(top, sources)
  const rootLocations = new Map(hosts.map(({ root, rootLocation }) => [root, rootLocation]))
  const root = sources.find(({ values }) => values.root !== undefined)?.given.get('root')
  if (root !== undefined) rootLocations.set(top.root, formatLocation(root.locate([])))
  return { config: top, locations: locations as CombinedConfig['locations'], rootLocations }
}

/** Gives a host the settings and the kinds of rules that it has not itself. */
function inherit({ names, root, rules, settings }: GivenHost, top: Config): HostConfig {
  // Where the page of an inherited rule is missing, the rule does not count.
  const singles = top.rules.singles.map(rule => ({ ...rule, isInherited: true }))
  return {
    names,
    root,
    rules: { ...top.rules, singles, ...rules },
    settings: siteSettingsOf({ ...top, ...settings }),
  }
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
