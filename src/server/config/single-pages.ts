import type { Config, HostConfig, SinglePage } from './config.ts'
import { type KeyPath, partAt, type RawValue, type SourceLocation } from './config-issue.ts'
import type { ConfigSource } from './config-source.ts'

/**
 * Collects the pages of all single-page applications, with the place that names each. An inherited
 * one may be missing.
 */
export function singlePagesOf(
  { root, rules, hosts, symlinks }: Pick<Config, 'root' | 'rules' | 'hosts' | 'symlinks'>,
  sources: readonly ConfigSource[],
): SinglePage[] {
  const setting = sources.find(({ values }) => values.single !== undefined)?.given.get('single')
  const ruling = sources.find(source => source.rules !== undefined)
  const hosting = sources.find(source => source.hosts !== undefined)
  const pages = rules.singles.map(({ prefix, file }): SinglePage => {
    const at = ruling?.rules?.singles.findIndex(rule => rule.prefix === prefix) ?? -1
    // The setting replaces a rule for the whole site.
    const isSetting = setting !== undefined && prefix === '/'
    const named = isSetting ? setting.locate([]) : locate(ruling!.raw.rules, [], at)
    return { root, file, symlinks, named }
  })
  const ofHost = ({ root, rules, settings }: HostConfig, host: number): SinglePage[] =>
    rules.singles.flatMap(({ file, isInherited }, at) => {
      if (isInherited) return []
      const named = locate(hosting!.raw.hosts, [host], at)
      return [{ root, file, symlinks: settings.symlinks, named }]
    })
  return pages.concat(...hosts.map(ofHost))
}

/** A string or `true` is the page of the whole site; otherwise there is a list of tables. */
function locate(raw: RawValue | undefined, base: KeyPath, at: number): SourceLocation {
  const path = [...base, 'single']
  const isWhole = !Array.isArray(partAt(raw!.value, path))
  return raw!.locate(isWhole ? path : [...path, at, 'file'])
}
