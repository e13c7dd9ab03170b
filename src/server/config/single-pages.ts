import type { SingleRule } from '../../response/site-rules.ts'
import type { Config, SinglePage } from './config.ts'
import { type KeyPath, partAt, type RawValue, type SourceLocation } from './config-issue.ts'
import type { ConfigSource } from './config-source.ts'

/** Collects the pages of all single-page applications, with the place that names each. */
export function singlePagesOf(
  { root, rules, hosts }: Pick<Config, 'root' | 'rules' | 'hosts'>,
  sources: readonly ConfigSource[],
): SinglePage[] {
  const setting = sources.find(({ values }) => values.single !== undefined)?.given.get('single')
  const ruling = sources.find(source => source.rules !== undefined)
  const hosting = sources.find(source => source.hosts !== undefined)
  const pages = rules.singles.map(({ prefix, file }): SinglePage => {
    const at = ruling?.rules?.singles.findIndex(rule => rule.prefix === prefix) ?? -1
    // The setting replaces a rule for the whole site.
    const isSetting = setting !== undefined && prefix === '/'
    return { root, file, named: isSetting ? setting.locate([]) : locate(ruling!.raw.rules, [], at) }
  })
  const ofHost = (rule: SingleRule, host: number, at: number): SinglePage => {
    const named = locate(hosting!.raw.hosts, [host], at)
    return { root: hosts[host]!.root, file: rule.file, named }
  }
  return pages.concat(
    ...hosts.map(({ rules: { singles } }, host) =>
      singles.map((rule, at) => ofHost(rule, host, at)),
    ),
  )
}

/** A string or `true` is the page of the whole site; otherwise there is a list of tables. */
function locate(raw: RawValue | undefined, base: KeyPath, at: number): SourceLocation {
  const path = [...base, 'single']
  const isWhole = !Array.isArray(partAt(raw!.value, path))
  return raw!.locate(isWhole ? path : [...path, at, 'file'])
}
