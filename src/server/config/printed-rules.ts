import { prefixText, type SiteRules } from '../../response/site-rules.ts'
import type { HostConfig } from './settings.ts'

/** Keys, and their values in TOML syntax. */
type Pairs = Readonly<Record<string, string>>

/** Returns TOML tables with the same rules. `prefix` is put before their names: `hosts.`. */
export function ruleTables(rules: SiteRules, prefix: string): string {
  return [
    ...rules.headers.map(({ match, set, unset }) => {
      const headers = Object.fromEntries(set.map(([name, value]) => [name, tomlString(value)]))
      return table(`${prefix}headers`, {
        match: tomlString(match.text),
        set: inlineTable(headers),
        unset: `[${unset.map(tomlString).join(', ')}]`,
      })
    }),
    ...rules.redirects.map(({ match, to, status }) => {
      const pairs = {
        match: tomlString(match.text),
        to: tomlString(to.text),
        status: String(status),
      }
      return table(`${prefix}redirects`, pairs)
    }),
    ...rules.rewrites.map(({ match, to }) => {
      return table(`${prefix}rewrites`, { match: tomlString(match.text), to: tomlString(to.text) })
    }),
    ...rules.caches.map(({ match, control }) => {
      return table(`${prefix}cache`, {
        match: tomlString(match.text),
        control: tomlString(control),
      })
    }),
    ...rules.singles.map(single => {
      return table(`${prefix}single`, {
        prefix: tomlString(prefixText(single.prefix)),
        file: tomlString(single.file),
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
  const inner = Object.entries(pairs).map(([key, value]) => `${tomlString(key)} = ${value}`)
  return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`
}

/** JSON strings are TOML strings, except that TOML requires DEL to be escaped. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}
