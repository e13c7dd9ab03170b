import { resolve } from 'node:path'
import type { SiteRules } from '../../response/site-rules.ts'
import { asCode, type ConfigIssue, formatLocation, nearest } from './config-issue.ts'
import { parseHosts, parseRules, type RawRules } from './parse-rules.ts'
import { settingTypes } from './setting-type.ts'
import { type HostConfig, type SettingName, settingOf } from './settings.ts'

/** A value, where it stands, and how it is written there. */
export type SourceValue = {
  readonly source: string
  readonly written: string | undefined
  readonly value: unknown
}

/** The settings that a source gives and that are right, where each stands, and all that is wrong. */
export type ParsedSource = {
  readonly values: Partial<Record<SettingName, unknown>>
  readonly sources: Partial<Record<SettingName, string>>
  readonly rules: SiteRules | undefined
  readonly hosts: readonly HostConfig[] | undefined
  readonly problems: readonly ConfigIssue[]
}

/** Gathers what one source says (the command line, the environment, a file, the options), then checks it. */
export class ConfigSource {
  /** The folder that a relative root starts from. */
  readonly #base: string
  readonly #entries = new Map<
    SettingName,
    { readonly whole: SourceValue; readonly elements: readonly SourceValue[] }
  >()
  readonly #problems: ConfigIssue[] = []
  #rules: RawRules | undefined
  #hosts: RawRules | undefined

  constructor(base: string) {
    this.#base = base
  }

  has(name: SettingName): boolean {
    return this.#entries.has(name)
  }

  /** Lists, whose elements come apart so that each can be blamed, add up; all else is given once. */
  add(name: SettingName, whole: SourceValue, elements: readonly SourceValue[] = [whole]): void {
    const earlier = this.#entries.get(name)
    if (earlier === undefined) {
      this.#entries.set(name, { whole, elements })
    } else if (settingTypes[name].list) {
      this.#entries.set(name, {
        whole: earlier.whole,
        elements: [...earlier.elements, ...elements],
      })
    } else {
      const { source, written } = earlier.whole
      this.#refuse(
        whole,
        `must be given once, and is given by ${formatLocation(source, written)} already`,
      )
    }
  }

  addText(name: SettingName, source: string, written: string): void {
    const { list, fromText = (text: string): unknown => text } = settingTypes[name]
    const item = (text: string): SourceValue => ({ source, written: text, value: fromText(text) })
    const parts = list && written !== '' ? written.split(',').map(part => part.trim()) : []
    this.add(name, item(written), list ? parts.map(item) : undefined)
  }

  /** A value as code writes it, not text. */
  addValue(name: SettingName, source: string, value: unknown): void {
    // How it is written is needed where it is wrong: for sixty defaults at each start it would take milliseconds.
    const item = (part: unknown): SourceValue => ({
      source,
      value: part,
      get written() {
        return asCode(part)
      },
    })
    this.add(
      name,
      item(value),
      settingTypes[name].list && Array.isArray(value) ? value.map(item) : undefined,
    )
  }

  addRules(rules: RawRules): void {
    this.#rules = rules
  }

  addHosts(hosts: RawRules): void {
    this.#hosts = hosts
  }

  addProblem(problem: ConfigIssue): void {
    this.#problems.push(problem)
  }

  check(): ParsedSource {
    const values: Partial<Record<SettingName, unknown>> = {}
    const sources: Partial<Record<SettingName, string>> = {}
    for (const [name, { whole, elements }] of this.#entries) {
      const { schema, list, allowed } = settingTypes[name]
      const result = schema.safeParse(list ? elements.map(element => element.value) : whole.value)
      if (result.success) {
        const isFolder = settingOf(name).kind === 'folder'
        values[name] = isFolder ? resolve(this.#base, result.data as string) : result.data
        sources[name] = [...new Set([whole, ...elements].map(item => item.source))].join(', ')
      } else {
        // A value may fail in several ways; what is allowed is said once.
        const wrong = result.error.issues.map(
          ({ path }) => elements[list ? Number(path[0]) : 0] ?? whole,
        )
        for (const item of new Set(wrong))
          this.#refuse(item, `must be ${allowed}`, suggestionFor(name, item))
      }
    }
    const rules = this.#rules && parseRules(this.#rules)
    const hosts = this.#hosts && parseHosts(this.#hosts, this.#base)
    this.#problems.push(...(rules?.problems ?? []), ...(hosts?.problems ?? []))
    this.#refuseBothForms()
    this.#refuseBothSingles(rules?.value)
    return { values, sources, rules: rules?.value, hosts: hosts?.value, problems: this.#problems }
  }

  /** The setting `single` is the rule for `/`. */
  #refuseBothSingles(rules: SiteRules | undefined): void {
    const single = this.#entries.get('single')
    if (single === undefined || !rules?.singles.some(({ prefix }) => prefix === '/')) return
    this.#refuse(single.whole, 'must not be given beside a rule for /')
  }

  #refuseBothForms(): void {
    const listeners = this.#entries.get('listeners')
    const part = this.#entries.get('host') ?? this.#entries.get('port')
    if (listeners === undefined || part === undefined) return
    const { source, written } = listeners.whole
    this.#refuse(part.whole, `must not be given beside ${formatLocation(source, written)}`)
  }

  #refuse({ source, written }: SourceValue, allowed: string, suggestion?: string): void {
    this.#problems.push({ source, value: written, allowed, suggestion })
  }
}

function suggestionFor(name: SettingName, { value }: SourceValue): string | undefined {
  const setting = settingOf(name)
  return 'choices' in setting && typeof value === 'string'
    ? nearest(value, setting.choices)
    : undefined
}
