import { sep } from 'node:path'
import type { ListingEntry } from '../../response/directory-listing.ts'
import type { Disk } from '../disk.ts'
import { isHidden } from './site-root.ts'

/** More than this is no page that anybody reads. */
const ENTRIES_MAX = 10_000
/** `stat` calls at once: enough to hide their latency, few enough to leave threads for others. */
const STATS_AT_ONCE = 16

/** What a folder lists: files and folders that can be asked for, `depth` names below the root. */
export async function listFolder(path: string, depth: number, disk: Disk): Promise<ListingEntry[]> {
  const names = (await disk.list(path)).filter(name => !isHidden(name, depth)).slice(0, ENTRIES_MAX)
  const entries: ListingEntry[] = []
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    const some = names.slice(at, at + STATS_AT_ONCE).map(name => entryOf(path, name, disk))
    for (const entry of await Promise.all(some)) if (entry !== undefined) entries.push(entry)
  }
  return entries
}

async function entryOf(path: string, name: string, disk: Disk): Promise<ListingEntry | undefined> {
  // A dangling link, or a file that has gone meanwhile, is not there.
  const status = await disk.stat(path + sep + name).catch(() => undefined)
  if (status === undefined || status.kind === 'other') return undefined
  const { kind, size, mtimeNs } = status
  return { name, isFolder: kind === 'folder', size, modifiedMs: Number(mtimeNs / 1_000_000n) }
}
