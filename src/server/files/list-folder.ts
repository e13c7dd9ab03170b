import type { ListingEntry } from '../../response/directory-listing.ts'
import { encodePath, parseTargetPath } from '../../response/target-path.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'

/** A longer page helps nobody. */
const ENTRIES_MAX = 10_000
/** Names that are read, some of which are hidden. */
const NAMES_MAX = 2 * ENTRIES_MAX
/** `stat` calls at once: enough to hide their latency, few enough to leave threads free. */
const STATS_AT_ONCE = 16

/** The files and folders in a folder that can be requested; `isCapped` if there are more. */
export type Listed = {
  readonly kind: 'listed'
  readonly entries: readonly ListingEntry[]
  readonly isCapped: boolean
}

/** Lists a folder, or returns why it cannot. */
export async function listFolder(
  root: SiteRoot,
  segments: readonly string[],
): Promise<Listed | Unavailable> {
  const listed = await root.run(root.list(segments, NAMES_MAX))
  if (listed.kind !== 'names') return listed
  // The same rule refuses a name in a request.
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

/** Undefined for a dangling link, a link out of the root, and a file that is gone by now. */
async function entryOf(
  root: SiteRoot,
  segments: readonly string[],
  name: string,
): Promise<ListingEntry | undefined> {
  const found = await root.run(root.stat([...segments, name]))
  if (found.kind !== 'file' && found.kind !== 'folder') return undefined
  const { size, mtimeNs } = found.status
  return {
    name,
    isFolder: found.kind === 'folder',
    size,
    modifiedMs: Number(mtimeNs / 1_000_000n),
  }
}
