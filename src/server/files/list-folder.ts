import type { ListingEntry } from '../../response/directory-listing.ts'
import { encodePath, parseTargetPath } from '../../response/target-path.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** More than this is no page that anybody reads. */
const ENTRIES_MAX = 10_000
/** `stat` calls at once: enough to hide their latency, few enough to leave threads for others. */
const STATS_AT_ONCE = 16

/** The files and folders in a folder that can be asked for; `isCapped` where there are more. */
export type Listed = {
  readonly kind: 'listed'
  readonly entries: readonly ListingEntry[]
  readonly isCapped: boolean
}

/** Lists a folder, or tells why it cannot be. */
export async function listFolder(
  root: SiteRoot,
  segments: readonly string[],
): Promise<Listed | Unavailable> {
  const listed = await root.list(segments)
  if (listed.kind !== 'names') return listed
  // The rule that refuses a name when it is asked for.
  const isServed = (name: string): boolean => parseTargetPath(encodePath([...segments, name])).ok
  const served = listed.names.filter(isServed)
  const names = served.slice(0, ENTRIES_MAX)
  const entries: ListingEntry[] = []
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    const some = names.slice(at, at + STATS_AT_ONCE).map(name => entryOf(root, segments, name))
    for (const entry of await Promise.all(some)) if (entry !== undefined) entries.push(entry)
  }
  return { kind: 'listed', entries, isCapped: served.length > names.length }
}

/** A dangling link, what leads out of the root, and what has gone meanwhile are not there. */
async function entryOf(
  root: SiteRoot,
  segments: readonly string[],
  name: string,
): Promise<ListingEntry | undefined> {
  const looked = await root.stat([...segments, name])
  if (looked.kind !== 'file' && looked.kind !== 'folder') return undefined
  const { size, mtimeNs } = looked.status
  return {
    name,
    isFolder: looked.kind === 'folder',
    size,
    modifiedMs: Number(mtimeNs / 1_000_000n),
  }
}
