import { sep } from 'node:path'
import type { ListingEntry } from '../../response/directory-listing.ts'
import { encodePath, parseTargetPath } from '../../response/target-path.ts'
import type { Disk } from '../disk.ts'
import type { SiteRoot } from './site-root.ts'

/** More than this is no page that anybody reads. */
const ENTRIES_MAX = 10_000
/** `stat` calls at once: enough to hide their latency, few enough to leave threads for others. */
const STATS_AT_ONCE = 16

/** What a folder lists: the files and folders in it that can be asked for. */
export async function listFolder(
  root: SiteRoot,
  segments: readonly string[],
  disk: Disk,
): Promise<ListingEntry[]> {
  const path = root.pathOf(segments)
  // The rule that refuses a name when it is asked for.
  const isServed = (name: string): boolean => parseTargetPath(encodePath([...segments, name])).ok
  const names = (await disk.list(path)).filter(isServed).slice(0, ENTRIES_MAX)
  const entries: ListingEntry[] = []
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    const some = names.slice(at, at + STATS_AT_ONCE).map(name => entryOf(root, path + sep + name, name, disk))
    for (const entry of await Promise.all(some)) if (entry !== undefined) entries.push(entry)
  }
  return entries
}

async function entryOf(
  root: SiteRoot,
  path: string,
  name: string,
  disk: Disk,
): Promise<ListingEntry | undefined> {
  try {
    if (!(await root.serves(path))) return undefined
    const { kind, size, mtimeNs } = await disk.stat(path)
    if (kind === 'other') return undefined
    return { name, isFolder: kind === 'folder', size, modifiedMs: Number(mtimeNs / 1_000_000n) }
  } catch {
    // A dangling link, or a file that has gone meanwhile, is not there.
    return undefined
  }
}
