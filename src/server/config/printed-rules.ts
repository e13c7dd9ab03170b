import { prefixText, type SiteRules } from '../../response/site-rules.ts'
import type { HostConfig } from './settings.ts'

/** Keys with their values, which are TOML already. */
type Pairs = Readonly<Record<string, string>>

/** The rules as TOML tables that give the same again; `under` is what the names of the tables begin with. */
export function ruleTables(rules: SiteRules, under: string): string {
  return [
    ...rules.headers.map(({ match, set, unset }) => {
      const fields = Object.fromEntries(set.map(([name, value]) => [name, tomlString(value)]))
      const names = `[${unset.map(tomlString).join(', ')}]`
      return table(`${under}headers`, {
        match: tomlString(match.text),
        set: inlineTable(fields),
        unset: names,
      })
    }),
    ...rules.redirects.map(({ match, to, status }) => {
      const pairs = {
        match: tomlString(match.text),
        to: tomlString(to.text),
        status: String(status),
      }
      return table(`${under}redirects`, pairs)
    }),
    ...rules.rewrites.map(({ match, to }) => {
      return table(`${under}rewrites`, { match: tomlString(match.text), to: tomlString(to.text) })
    }),
    ...rules.caches.map(({ match, control }) => {
      return table(`${under}cache`, { match: tomlString(match.text), control: tomlString(control) })
    }),
    ...rules.singles.map(({ prefix, file }) => {
      return table(`${under}single`, {
        prefix: tomlString(prefixText(prefix)),
        file: tomlString(file),
      })
    }),
  ].join('')
}

export function hostTables(hosts: readonly HostConfig[]): string {
  return hosts
    .map(({ name, root, rules }) => {
      const pairs = { name: tomlString(name), root: tomlString(root) }
      return table('hosts', pairs) + ruleTables(rules, 'hosts.')
    })
    .join('')
}

function table(name: string, pairs: Pairs): string {
  const lines = Object.entries(pairs).map(([key, value]) => `${key} = ${value}\n`)
  return `\n[[${name}]]\n${lines.join('')}`
}

function inlineTable(pairs: Pairs): string {
  const parts = Object.entries(pairs).map(([key, value]) => `${tomlString(key)} = ${value}`)
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}
/** A JSON string is a TOML string but for DEL, which TOML wants escaped. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}
