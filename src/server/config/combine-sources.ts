import { NO_RULES, type SiteRules } from '../../response/site-rules.ts'
import type { Address } from './address.ts'
import type { ConfigIssue } from './config-issue.ts'
import { ConfigSource, type ParsedSource } from './config-source.ts'
import {
  type Config,
  type ConfigEnvironment,
  configNames,
  namesIn,
  type ScalarConfig,
  type SettingName,
  settingOf,
} from './settings.ts'

/** Where each setting has its value from. */
export type Sources = Readonly<Record<keyof ScalarConfig, string>>

/** The configuration is to be used only if there are no problems. */
export type Combined = {
  readonly problems: readonly ConfigIssue[]
  readonly config: Config
  readonly sources: Sources
}

/** Lays readings over each other, the first uppermost, and over the defaults. */
export function combine(given: readonly ParsedSource[], facts: ConfigEnvironment): Combined {
  const readings = [...given, readDefaults(given, facts)]
  const chosen = configNames().map(name => {
    return [
      name,
      name === 'listeners' ? chooseListeners(readings, facts) : choose(readings, name),
    ] as const
  })
  return {
    problems: readings.flatMap(({ problems }) => problems),
    config: {
      ...(Object.fromEntries(chosen.map(([name, { value }]) => [name, value])) as ScalarConfig),
      rules: chooseRules(readings),
      hosts: readings.find(({ hosts }) => hosts !== undefined)?.hosts ?? [],
    },
    sources: Object.fromEntries(chosen.map(([name, { source }]) => [name, source])) as Sources,
  }
}

function readDefaults(given: readonly ParsedSource[], facts: ConfigEnvironment): ParsedSource {
  const layer = new ConfigSource(facts.cwd)
  for (const name of namesIn('option')) {
    const value = settingOf(name).default
    if (value === undefined) continue
    if (typeof value !== 'object' || !('of' in value)) layer.addValue(name, 'default', value)
    // Computed only if needed: what it depends on may be slow to find out.
    else if (given.every(({ values }) => values[name] === undefined))
      layer.addValue(name, 'default', value.of(facts))
  }
  return layer.check()
}

type Choice = { readonly value: unknown; readonly source: string }

function choose(readings: readonly ParsedSource[], name: SettingName): Choice {
  const reading = readings.find(({ values }) => values[name] !== undefined)
  return { value: reading?.values[name], source: reading?.sources[name] ?? 'default' }
}

/** What `single` says is one more rule, in place of one for the same prefix that may stand below. */
function chooseRules(readings: readonly ParsedSource[]): SiteRules {
  const rules = readings.find(({ rules }) => rules !== undefined)?.rules ?? NO_RULES
  const file = choose(readings, 'single').value as string | undefined
  if (file === undefined) return rules
  const others = rules.singles.filter(({ prefix }) => prefix !== '/')
  return { ...rules, singles: [...others, { prefix: '/', file }] }
}

/**
 * Whole addresses and a host or port are two forms of one setting: the uppermost source that gives either decides.
 * A host and a port may come from two sources, but not from below a source that gives whole addresses. Sockets that the process was
 * started with take the place of the defaults.
 */
function chooseListeners(
  readings: readonly ParsedSource[],
  { inherited = [] }: ConfigEnvironment,
): Choice {
  const isGiven = readings.slice(0, -1).some(({ values }) => {
    return values.listeners !== undefined || values.host !== undefined || values.port !== undefined
  })
  if (!isGiven && inherited.length > 0) return { value: inherited, source: 'LISTEN_FDS' }

  const whole = readings.findIndex(({ values }) => values.listeners !== undefined)
  const part = readings.findIndex(
    ({ values }) => values.host !== undefined || values.port !== undefined,
  )
  if (whole !== -1 && whole < part) return choose(readings, 'listeners')

  const above = whole === -1 ? readings : [...readings.slice(0, whole), ...readings.slice(-1)]
  const host = choose(above, 'host')
  const port = choose(above, 'port')
  const sources = new Set([host.source, port.source])
  if (sources.size > 1) sources.delete('default')
  return {
    value: [{ host: host.value, port: port.value }] as Address[],
    source: [...sources].join(', '),
  }
}
