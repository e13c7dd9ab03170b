import { resolve } from 'node:path'
import type { ZodType } from 'zod'
import { NO_RULES, type SiteRules } from '../../response/site-rules.ts'
import type { HostConfig } from './config.ts'
import {
  type ConfigIssue,
  formatLocation,
  type KeyPath,
  nearest,
  partAt,
  type RawValue,
  type SourceLocation,
} from './config-issue.ts'
import { type RULE_KEYS, SITE_SETTINGS } from './rule-options.ts'
import type * as RulesSchemas from './rules-schema.ts'
import { type SettingName, settingOf, settingTypeOf } from './settings.ts'

/** Rules and hosts as a source gives them, and their schemas, which most sources do not need. */
export type RawSites = {
  readonly rules: RawValue | undefined
  readonly hosts: RawValue | undefined
  readonly schemas: typeof RulesSchemas
  /** The settings of the source, by the keys that it has for them. */
  readonly keys: ReadonlyMap<string, SettingName>
}

/** A host as the source gives it. */
export type GivenHost = Pick<HostConfig, 'names' | 'root'> & {
  /** The kinds of rules that it gives, and their problems. */
  readonly rules: Partial<SiteRules>
  /** The settings that it gives; undefined for one that it unsets. */
  readonly settings: Partial<Record<SettingName, unknown>>
  readonly rootLocation: string
}

/** The kinds of rules by their keys. */
const KINDS = {
  headers: 'headers',
  redirects: 'redirects',
  rewrites: 'rewrites',
  cache: 'caches',
  single: 'singles',
  types: 'types',
} as const satisfies Record<(typeof RULE_KEYS)[number], keyof SiteRules>

/** A source of settings: the command line, the variables, the file, or the options of `serve()`. */
export class ConfigSource {
  /** The settings that the source gives, valid or not. */
  readonly given: Map<SettingName, RawValue> = new Map()
  readonly issues: ConfigIssue[] = []
  /** The valid settings, rules and hosts; empty until `parse` is called. */
  readonly values: Partial<Record<SettingName, unknown>> = Object.create(null)
  rules: SiteRules | undefined
  hosts: GivenHost[] | undefined
  /** Absolute paths of the files that it was read from, or will be once they exist. */
  readonly files: string[] = []
  /** Rules and hosts as they were given, to locate parts of them. */
  raw: Pick<RawSites, 'rules' | 'hosts'> = { rules: undefined, hosts: undefined }
  /** Whether rules or hosts, which docs/rules.md describes, have issues. */
  hasRuleIssues = false
  readonly #base: string

  /** `base` is the folder that relative roots start from. */
  constructor(base: string) {
    this.#base = base
  }

  /** Adds a value. A list may be given several times and is then joined. */
  add(name: SettingName, raw: RawValue): void {
    const earlier = this.given.get(name)
    const given = withBareValue(name, raw)
    const isList = settingTypeOf(name).list && !isOff(name, given) && !isOff(name, earlier)
    if (isList) this.given.set(name, joinLists(earlier, given))
    else if (earlier === undefined) this.given.set(name, given)
    else this.refuse(raw.locate([]), givenBy(earlier.locate([])))
  }

  /** Adds a value in its text form; the elements of a list are separated by commas. */
  addText(name: SettingName, location: string, text: string): void {
    const { list, fromText = (text: string): unknown => text } = settingTypeOf(name)
    const elements = text === '' ? [] : text.split(',').map(element => element.trim())
    const isSwitched = settingOf(name).bareValue !== undefined && /^(?:true|false)$/.test(text)
    this.add(name, {
      value: isSwitched ? text === 'true' : list ? elements : fromText(text),
      locate: ([at]) => ({ location, value: at === undefined ? text : elements[Number(at)] }),
    })
  }

  refuse(location: SourceLocation, message: string, suggestion?: string): void {
    this.issues.push({ ...location, message, suggestion })
  }

  /** Parses what was added, and the rules and hosts of the source. */
  parse(sites?: RawSites): this {
    for (const [name, raw] of this.given) this.values[name] = this.#parseSetting(name, raw)
    if (sites !== undefined) this.#parseSites(sites)
    // `host` and `port` are short for one listener, and `single` for a rule.
    const listeners = this.given.get('listeners')
    const part = this.given.get('host') ?? this.given.get('port')
    if (listeners !== undefined && part !== undefined) {
      const whole = formatLocation(listeners.locate([]))
      this.refuse(part.locate([]), `must not be combined with ${whole}`)
    }
    const single = this.given.get('single')
    if (single !== undefined && this.rules?.singles.some(({ prefix }) => prefix === '/'))
      this.refuse(single.locate([]), 'must not be combined with a rule for /')
    return this
  }

  #parseSetting(name: SettingName, raw: RawValue): unknown {
    const { schema, list, allowed } = settingTypeOf(name)
    const setting = settingOf(name)
    if (isOff(name, raw)) return undefined
    const { success, data, error } = schema().safeParse(raw.value)
    if (success) return setting.type === 'folder' ? resolve(this.#base, data as string) : data
    // An element may have several zod issues; the user needs one message for it.
    for (const at of new Set(error.issues.map(({ path }) => (list ? path[0] : undefined)))) {
      const path = at === undefined ? [] : [at]
      const value = partAt(raw.value, path)
      const mayBeMisspelt = 'choices' in setting && typeof value === 'string'
      const suggestion = mayBeMisspelt ? nearest(value, setting.choices) : undefined
      this.refuse(raw.locate(path), `must be ${allowed}`, suggestion)
    }
    return undefined
  }

  #parseSites({ rules, hosts, schemas, keys }: RawSites): void {
    this.raw = { rules, hosts }
    this.rules = rules && this.#parseRules(schemas.rulesSchema, rules)
    if (hosts !== undefined) this.#parseHosts(hosts, schemas, keys)
    const refuseUseless = (raw: RawValue, base: KeyPath, rules: SiteRules): void => {
      const locate = (path: KeyPath): SourceLocation => locateNearest(raw, [...base, ...path])
      for (const { path, other, message } of schemas.ruleProblems(rules))
        this.refuse(locate(path), message(other === undefined ? '' : formatLocation(locate(other))))
    }
    if (rules !== undefined && this.rules !== undefined) refuseUseless(rules, [], this.rules)
    for (const [at, host] of this.hosts?.entries() ?? [])
      refuseUseless(hosts!, [at], { ...NO_RULES, ...host.rules })
  }

  #parseHosts(hosts: RawValue, schemas: RawSites['schemas'], keys: RawSites['keys']): void {
    const isSetting = (key: string, value: unknown): boolean => {
      // As at the top, `cache` is a setting if it is scalar, and a list of rules otherwise.
      const isRule = Object.hasOwn(KINDS, key) && typeof value === 'object'
      return !isRule && isSiteSetting(keys.get(key))
    }
    const entriesOf = (host: unknown): [string, unknown][] =>
      typeof host === 'object' && host !== null && !Array.isArray(host) ? Object.entries(host) : []
    const given = Array.isArray(hosts.value) ? hosts.value : []
    const issuesBefore = this.issues.length
    const settings = given.map((host, at) =>
      Object.fromEntries(
        entriesOf(host)
          .filter(([key, value]) => isSetting(key, value))
          .map(([key]) => this.#parseHostSetting(keys.get(key)!, partOf(hosts, [at, key]))),
      ),
    )
    this.hasRuleIssues ||= this.issues.length > issuesBefore
    const others = given.map(host => {
      const entries = entriesOf(host).filter(([key, value]) => !isSetting(key, value))
      return entriesOf(host).length > entries.length ? Object.fromEntries(entries) : host
    })
    const value = Array.isArray(hosts.value) ? others : hosts.value
    const valid = this.#parseRules(schemas.hostsSchema, { ...hosts, value }, keys)
    this.hosts = valid?.map(({ names, root, rules }, at) => {
      const kinds = Object.entries(KINDS).filter(([key]) => partAt(value, [at, key]) !== undefined)
      return {
        names,
        root: resolve(this.#base, root),
        rules: Object.fromEntries(kinds.map(([, kind]) => [kind, rules[kind]])),
        settings: settings[at]!,
        rootLocation: formatLocation(hosts.locate([at, 'root'])),
      }
    })
    this.#refuseRepeatedHosts(hosts)
  }

  /** An optional setting is unset by `false`: the host would inherit it otherwise. */
  #parseHostSetting(name: SettingName, raw: RawValue): [SettingName, unknown] {
    if (raw.value === false && settingOf(name).optional) return [name, undefined]
    const given = withBareValue(name, raw)
    const isList = settingTypeOf(name).list
    return [name, this.#parseSetting(name, isList ? joinLists(undefined, given) : given)]
  }

  #parseRules<T>(
    schema: ZodType<T>,
    raw: RawValue,
    settings: RawSites['keys'] = new Map(),
  ): T | undefined {
    const { data, error } = schema.safeParse(raw.value)
    const isGiven = (path: KeyPath): boolean => partAt(raw.value, path) !== undefined
    this.hasRuleIssues ||= error !== undefined
    for (const issue of error?.issues ?? []) {
      const { path, message } = issue
      const key = path.at(-1)
      const isMissing = typeof key === 'string' && !isGiven(path) && isGiven(path.slice(0, -1))
      if (issue.code !== 'unrecognized_keys')
        this.refuse(locateNearest(raw, path), isMissing ? `must have ${key}` : message)
      else
        for (const key of issue.keys) {
          const location = locateNearest(raw, [...path, key])
          if (settings.has(key)) this.refuse(location, 'must be at the top, for all hosts together')
          else {
            const keys = Array.from(settings).filter(([, name]) => isSiteSetting(name))
            const known = [...message.split(','), ...keys.map(([key]) => key)]
            this.refuse(location, 'is not a known key', nearest(key, known))
          }
        }
    }
    return data
  }

  /** Not part of the schema, because zod skips refinements of a list if an element is invalid. */
  #refuseRepeatedHosts({ value, locate }: RawValue): void {
    const seen = new Map<string, SourceLocation>()
    for (const at of Array.isArray(value) ? value.keys() : []) {
      const list = partAt(value, [at, 'names'])
      const paths: KeyPath[] = Array.isArray(list) ? list.map((_, n) => [at, 'names', n]) : []
      for (const path of [[at, 'name'], ...paths]) {
        const name = partAt(value, path)
        if (typeof name !== 'string') continue
        const location = locate(path)
        const earlier = seen.get(name.toLowerCase())
        if (earlier !== undefined) this.refuse(location, givenBy(earlier))
        else seen.set(name.toLowerCase(), location)
      }
    }
  }
}

/** Whether a setting that may be unset, and whose flag needs no value, is `false`: it is unset. */
function isOff(name: SettingName, raw: RawValue | undefined): boolean {
  const { bareValue, optional } = settingOf(name)
  return raw?.value === false && bareValue !== undefined && optional === true
}

/** The value that a flag without one stands for, if that is given as `true`. */
function withBareValue(name: SettingName, raw: RawValue): RawValue {
  const { bareValue } = settingOf(name)
  return bareValue !== undefined && raw.value === true ? { ...raw, value: bareValue } : raw
}

function isSiteSetting(name: SettingName | undefined): boolean {
  return SITE_SETTINGS.some(one => one === name)
}

function partOf({ value, locate }: RawValue, path: KeyPath): RawValue {
  return { value: partAt(value, path), locate: below => locate([...path, ...below]) }
}

/** The location of the smallest part around `path` that the source gives. */
function locateNearest(raw: RawValue, path: KeyPath): SourceLocation {
  const isGiven = path.length === 0 || partAt(raw.value, path) !== undefined
  return isGiven ? raw.locate(path) : locateNearest(raw, path.slice(0, -1))
}

/** Appends a list to one that was given before. A value that is no list is one element. */
function joinLists(before: RawValue | undefined, next: RawValue): RawValue {
  const elements = (before?.value ?? []) as readonly unknown[]
  return {
    value: elements.concat(next.value),
    locate: path => {
      const at = Number(path[0]) - elements.length
      if (at >= 0) return next.locate(Array.isArray(next.value) ? [at] : [])
      return (before ?? next).locate(path)
    },
  }
}

function givenBy(earlier: SourceLocation): string {
  return `must be given once; it is already given by ${formatLocation(earlier)}`
}
