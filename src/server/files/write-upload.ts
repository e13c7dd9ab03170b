import { randomUUID } from 'node:crypto'
import { sep } from 'node:path'
import { otherNames } from './alternative-names.ts'
import type { Disk } from './file-system.ts'

/** What becomes of content whose name is taken. */
export type Conflict = 'replace' | 'refuse' | 'rename'

/** What became of it. */
export type Stored =
  | { readonly kind: 'created'; readonly name: string }
  | { readonly kind: 'replaced' }
  /** The name is taken, and so are all others that were tried; nothing is stored. */
  | { readonly kind: 'refused' }

/** How file systems without hard links say so: FAT, some network file systems, FUSE. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])

/**
 * Stores content under a name in a folder. It is written to a temporary name there, which is never served or listed, and takes
 * its own when all of it is on the disk: nobody sees half a file, and content that breaks off leaves nothing. Where two do this
 * at once and neither may replace, each has a name of its own or is refused.
 *
 * A process that is killed meanwhile leaves its temporary file, `.statewire-upload-` and a UUID. It is not removed later: another
 * process may be writing it.
 */
export async function storeFile(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
  conflict: Conflict,
  disk: Disk,
): Promise<Stored> {
  const temporary = `${folder}${sep}.statewire-upload-${randomUUID()}`
  const fd = await disk.create(temporary)
  try {
    try {
      for await (const bytes of content) await disk.write(fd, bytes)
      await disk.fsync(fd)
    } finally {
      await disk.close(fd)
    }
    const stored = await giveName(temporary, folder, name, conflict, disk)
    if (stored.kind === 'refused') await removeQuietly(temporary, disk)
    else await fsyncFolder(folder, disk)
    return stored
  } catch (error) {
    await removeQuietly(temporary, disk)
    throw error
  }
}

async function giveName(
  temporary: string,
  folder: string,
  name: string,
  conflict: Conflict,
  disk: Disk,
): Promise<Stored> {
  const path = folder + sep + name
  if (conflict === 'replace') {
    const existed = await exists(path, disk)
    await disk.rename(temporary, path)
    return existed ? { kind: 'replaced' } : { kind: 'created', name }
  }
  if (await claim(temporary, path, disk)) return { kind: 'created', name }
  if (conflict === 'rename') {
    for (const other of otherNames(name))
      if (await claim(temporary, folder + sep + other, disk)) return { kind: 'created', name: other }
  }
  return { kind: 'refused' }
}

/** Moves a file to a name that nothing has. False: something has it. A rename would replace that; a link does not. */
async function claim(from: string, to: string, disk: Disk): Promise<boolean> {
  try {
    await disk.link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (NO_LINKS.has(code)) return claimEmpty(from, to, disk)
    throw error
  }
  // The content has its name: that it has the other one still is no failure.
  await removeQuietly(from, disk)
  return true
}

/** The same without links: an empty file holds the name for the moment until it is replaced. */
async function claimEmpty(from: string, to: string, disk: Disk): Promise<boolean> {
  try {
    await disk.close(await disk.create(to))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    await disk.rename(from, to)
  } catch (error) {
    await removeQuietly(to, disk)
    throw error
  }
  return true
}

function exists(path: string, disk: Disk): Promise<boolean> {
  return disk.stat(path).then(
    () => true,
    () => false,
  )
}

/** So that the name, too, outlives a loss of power. Not all systems can; the file is there, and an error would deny it. */
async function fsyncFolder(folder: string, disk: Disk): Promise<void> {
  try {
    const fd = await disk.open(folder)
    await disk.fsync(fd).finally(() => disk.close(fd))
  } catch {}
}

async function removeQuietly(path: string, disk: Disk): Promise<void> {
  await disk.remove(path).catch(() => {})
}
