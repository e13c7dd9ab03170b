import { resolve } from 'node:path'
import type { SiteRules } from '../../response/site-rules.ts'
import { asCode, type ConfigIssue, formatLocation, nearest } from './config-issue.ts'
import { parseHosts, parseRules, type RawRules } from './parse-rules.ts'
import { settingTypes } from './setting-type.ts'
import type { HostConfig } from './settings.ts'
import { type SettingName, settingOf } from './settings-table.ts'

/** A value as a source gives it. */
export type RawValue = {
  /** Where the source gives it: `--port`, `statewire.toml:3`. */
  readonly location: string
  /** How the source gives it, for messages. */
  readonly text: string | undefined
  readonly value: unknown
}

/** The valid settings of a source with their locations, and everything that is invalid. */
export type ParsedSource = {
  /** The settings that the source gives, valid or not. */
  readonly given: ReadonlySet<SettingName>
  readonly values: Partial<Record<SettingName, unknown>>
  readonly locations: Partial<Record<SettingName, string>>
  readonly rules: SiteRules | undefined
  readonly hosts: readonly HostConfig[] | undefined
  readonly issues: readonly ConfigIssue[]
}

/** Collects what one source gives (command line, variables, file, options), then parses it. */
export class ConfigSource {
  readonly #base: string
  readonly #values = new Map<
    SettingName,
    { readonly whole: RawValue; readonly elements: readonly RawValue[] }
  >()
  readonly #issues: ConfigIssue[] = []
  #rules: RawRules | undefined
  #hosts: RawRules | undefined

  /** `base` is the folder that relative roots start from. */
  constructor(base: string) {
    this.#base = base
  }

  /**
   * Adds a value. `elements` are those of a list, each of which may have its own issues. A list may
   * be given several times and is then joined; any other setting may be given only once.
   */
  add(name: SettingName, whole: RawValue, elements: readonly RawValue[] = [whole]): void {
    const earlier = this.#values.get(name)
    if (earlier === undefined) {
      this.#values.set(name, { whole, elements })
    } else if (settingTypes[name].list) {
      this.#values.set(name, {
        whole: earlier.whole,
        elements: [...earlier.elements, ...elements],
      })
    } else {
      this.#refuse(whole, `must be given once; it is already given by ${format(earlier.whole)}`)
    }
  }

  /** Adds a value in its text form; the elements of a list are separated by commas. */
  addText(name: SettingName, location: string, text: string): void {
    const { list, fromText = (text: string): unknown => text } = settingTypes[name]
    const toRaw = (text: string): RawValue => ({ location, text, value: fromText(text) })
    const parts = list && text !== '' ? text.split(',').map(part => part.trim()) : []
    this.add(name, toRaw(text), list ? parts.map(toRaw) : undefined)
  }

  /** Adds a JavaScript value. */
  addValue(name: SettingName, location: string, value: unknown): void {
    // A getter, because only invalid values need the text: for some sixty defaults it would take
    // milliseconds at each start.
    const toRaw = (value: unknown): RawValue => ({
      location,
      value,
      get text() {
        return asCode(value)
      },
    })
    const elements = settingTypes[name].list && Array.isArray(value) ? value.map(toRaw) : undefined
    this.add(name, toRaw(value), elements)
  }

  addRules(rules: RawRules): void {
    this.#rules = rules
  }

  addHosts(hosts: RawRules): void {
    this.#hosts = hosts
  }

  addIssue(issue: ConfigIssue): void {
    this.#issues.push(issue)
  }

  parse(): ParsedSource {
    const values: Partial<Record<SettingName, unknown>> = {}
    const locations: Partial<Record<SettingName, string>> = {}
    for (const [name, { whole, elements }] of this.#values) {
      const { schema, list, allowed } = settingTypes[name]
      const result = schema.safeParse(list ? elements.map(element => element.value) : whole.value)
      if (result.success) {
        const isFolder = settingOf(name).type === 'folder'
        values[name] = isFolder ? resolve(this.#base, result.data as string) : result.data
        const all = [whole, ...elements].map(({ location }) => location)
        locations[name] = [...new Set(all)].join(', ')
      } else {
        // One value may have several zod issues; the user needs one message for it.
        const invalid = result.error.issues.map(
          ({ path }) => elements[list ? Number(path[0]) : 0] ?? whole,
        )
        for (const raw of new Set(invalid))
          this.#refuse(raw, `must be ${allowed}`, suggestionFor(name, raw))
      }
    }
    const rules = this.#rules && parseRules(this.#rules)
    const hosts = this.#hosts && parseHosts(this.#hosts, this.#base)
    this.#issues.push(...(rules?.issues ?? []), ...(hosts?.issues ?? []))
    this.#refuseListenersWithPart()
    this.#refuseSingleWithRule(rules?.value)
    return {
      given: new Set(this.#values.keys()),
      values,
      locations,
      rules: rules?.value,
      hosts: hosts?.value,
      issues: this.#issues,
    }
  }

  /** `single` is short for a rule for `/`. */
  #refuseSingleWithRule(rules: SiteRules | undefined): void {
    const single = this.#values.get('single')
    if (single === undefined || !rules?.singles.some(({ prefix }) => prefix === '/')) return
    this.#refuse(single.whole, 'must not be combined with a rule for /')
  }

  /** `host` and `port` are short for one listener. */
  #refuseListenersWithPart(): void {
    const listeners = this.#values.get('listeners')
    const part = this.#values.get('host') ?? this.#values.get('port')
    if (listeners === undefined || part === undefined) return
    this.#refuse(part.whole, `must not be combined with ${format(listeners.whole)}`)
  }

  #refuse({ location, text }: RawValue, message: string, suggestion?: string): void {
    this.#issues.push({ location, value: text, message, suggestion })
  }
}

function format({ location, text }: RawValue): string {
  return formatLocation({ location, value: text })
}

function suggestionFor(name: SettingName, { value }: RawValue): string | undefined {
  const setting = settingOf(name)
  return 'choices' in setting && typeof value === 'string'
    ? nearest(value, setting.choices)
    : undefined
}
