import { resolve } from 'node:path'
import type { SiteRules } from '../../response/site-rules.ts'
import type { HostConfig } from './config.ts'
import {
  type ConfigIssue,
  formatLocation,
  nearest,
  partAt,
  type RawValue,
  type SourceLocation,
} from './config-issue.ts'
import { parseRules, refuseRepeatedNames } from './parse-rules.ts'
import { hostsSchema, rulesSchema } from './rules-schema.ts'
import { type SettingName, settingOf, settingTypes } from './settings.ts'

/** A source of settings: the command line, the variables, the file, or the options of `serve()`. */
export class ConfigSource {
  /** The settings that the source gives, valid or not. */
  readonly given: Map<SettingName, RawValue> = new Map()
  readonly issues: ConfigIssue[] = []
  /** The valid settings, rules and hosts; empty until `parse` is called. */
  readonly values: Partial<Record<SettingName, unknown>> = {}
  rules: SiteRules | undefined
  hosts: HostConfig[] | undefined
  readonly #base: string

  /** `base` is the folder that relative roots start from. */
  constructor(base: string) {
    this.#base = base
  }

  /** Adds a value. A list may be given several times and is then joined. */
  add(name: SettingName, raw: RawValue): void {
    const earlier = this.given.get(name)
    if (settingTypes[name].list) this.given.set(name, joinLists(earlier, raw))
    else if (earlier === undefined) this.given.set(name, raw)
    else
      this.refuse(raw.locate([]), `must be given once; it is already given by ${format(earlier)}`)
  }

  /** Adds a value in its text form; the elements of a list are separated by commas. */
  addText(name: SettingName, location: string, text: string): void {
    const { list, fromText = (text: string): unknown => text } = settingTypes[name]
    const elements = text === '' ? [] : text.split(',').map(element => element.trim())
    this.add(name, {
      value: list ? elements : fromText(text),
      locate: ([at]) => ({ location, value: at === undefined ? text : elements[Number(at)] }),
    })
  }

  refuse(location: SourceLocation, message: string, suggestion?: string): void {
    this.issues.push({ ...location, message, suggestion })
  }

  /** Parses what was added, and the rules and hosts of the source. */
  parse(rules?: RawValue, hosts?: RawValue): this {
    for (const [name, raw] of this.given) this.values[name] = this.#parseSetting(name, raw)
    this.rules = rules && parseRules(rulesSchema, rules, this.issues)
    const valid = hosts && parseRules(hostsSchema, hosts, this.issues)
    this.hosts = valid?.map(host => ({ ...host, root: resolve(this.#base, host.root) }))
    if (hosts !== undefined) refuseRepeatedNames(hosts, this.issues)
    // `host` and `port` are short for one listener, and `single` for a rule.
    const listeners = this.given.get('listeners')
    const part = this.given.get('host') ?? this.given.get('port')
    if (listeners !== undefined && part !== undefined)
      this.refuse(part.locate([]), `must not be combined with ${format(listeners)}`)
    const single = this.given.get('single')
    if (single !== undefined && this.rules?.singles.some(({ prefix }) => prefix === '/'))
      this.refuse(single.locate([]), 'must not be combined with a rule for /')
    return this
  }

  #parseSetting(name: SettingName, raw: RawValue): unknown {
    const { schema, list, allowed } = settingTypes[name]
    const setting = settingOf(name)
    const { success, data, error } = schema.safeParse(raw.value)
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

function format(raw: RawValue): string {
  return formatLocation(raw.locate([]))
}
