import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ListingEntry } from '../../response/directory-listing.ts'
import { encodePath, parseTargetPath } from '../../response/target-path.ts'
import type { FileStatus } from './file-system.ts'
import { isRecent, isSameVersion } from './file-version.ts'
import type { StatResult } from './look.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'

/** A longer page helps nobody. */
const ENTRIES_MAX = 10_000
/** Names that are read, some of which are hidden. */
const NAMES_MAX = 2 * ENTRIES_MAX
/** Names that are looked at in one turn of the event loop: about 1 ms of direct calls. */
const NAMES_PER_TURN = 128
/** Calls in threads at once: enough to hide their latency, few enough to leave threads free. */
const STATS_AT_ONCE = 16

/** The files and folders in a folder that can be requested; `isCapped` if there are more. */
export type Listed = {
  readonly kind: 'listed'
  readonly entries: readonly ListingEntry[]
  readonly isCapped: boolean
  /** Equal for listings between which nothing has changed. */
  readonly revision: symbol
  /** The names that were looked at; some may have led to nothing. */
  readonly names: readonly string[]
  /**
   * The version of the folder that has these names; undefined if its names may have changed without
   * a new version.
   */
  readonly version: FileStatus | undefined
}

/**
 * Lists a folder, or returns why it cannot. If nothing has changed since an earlier listing, the
 * revision is the same. The names are not read again if the folder has the same version.
 *
 * @param nowMs milliseconds since 1970
 */
export async function listFolder(
  root: SiteRoot,
  segments: readonly string[],
  nowMs: number,
  earlier?: Listed,
): Promise<Listed | Unavailable> {
  const folder = await root.run(root.stat(segments))
  if (folder.kind === 'file') return { kind: 'missing' }
  if (folder.kind !== 'folder') return folder
  const hasSameNames =
    earlier?.version !== undefined && isSameVersion(earlier.version, folder.status)
  const read = hasSameNames ? earlier : await readNames(root, segments)
  if (!('names' in read)) return read
  const { names, isCapped } = read
  const entries = await entriesOf(root, segments, names)
  const isSame = earlier?.isCapped === isCapped && areEqual(earlier.entries, entries)
  return {
    kind: 'listed',
    entries,
    isCapped,
    revision: isSame ? earlier.revision : Symbol('revision'),
    names,
    version: isRecent(folder.status, nowMs) ? undefined : folder.status,
  }
}

/** Reads the names in a folder that can be requested. */
async function readNames(
  root: SiteRoot,
  segments: readonly string[],
): Promise<Pick<Listed, 'names' | 'isCapped'> | Unavailable> {
  const read = await root.run(root.list(segments, NAMES_MAX))
  if (read.kind !== 'names') return read
  const names: string[] = []
  for (const [at, name] of read.names.entries()) {
    if (at % NAMES_PER_TURN === NAMES_PER_TURN - 1) await nextTurn()
    const path = encodePath([...segments.slice(0, 1), name])
    // The same rule refuses a name in a request. Only at the root it allows other names.
    if (!parseTargetPath(path, { bytes: true }).ok) continue
    if (names.length === ENTRIES_MAX) return { names, isCapped: true }
    names.push(name)
  }
  return { names, isCapped: false }
}

async function entriesOf(
  root: SiteRoot,
  segments: readonly string[],
  names: readonly string[],
): Promise<ListingEntry[]> {
  const entries: ListingEntry[] = []
  for (let at = 0; at < names.length; at += NAMES_PER_TURN) {
    const some = names.slice(at, at + NAMES_PER_TURN)
    const each = Math.ceil(some.length / STATS_AT_ONCE)
    const looks: (readonly StatResult[] | Promise<readonly StatResult[]>)[] = []
    for (let from = 0; from < some.length; from += each)
      looks.push(root.run(root.statEach(segments, some.slice(from, from + each))))
    for (const [n, result] of (await Promise.all(looks)).flat().entries()) {
      const entry = entryOf(some[n]!, result)
      if (entry !== undefined) entries.push(entry)
    }
    await nextTurn()
  }
  return entries
}

/** Undefined for a dangling link, a link out of the root, and a file that is gone by now. */
function entryOf(name: string, found: StatResult): ListingEntry | undefined {
  if (found.kind !== 'file' && found.kind !== 'folder') return undefined
  const { size, mtimeNs } = found.status
  return {
    name,
    isFolder: found.kind === 'folder',
    size,
    modifiedMs: Number(mtimeNs / 1_000_000n),
  }
}

function areEqual(some: readonly ListingEntry[], others: readonly ListingEntry[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ name, isFolder, size, modifiedMs }, at) => {
      const other = others[at]!
      return (
        other.name === name &&
        other.isFolder === isFolder &&
        other.size === size &&
        other.modifiedMs === modifiedMs
      )
    })
  )
}
