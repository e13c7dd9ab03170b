import { randomUUID } from 'node:crypto'
import { sep } from 'node:path'
import { alternativeNames } from './alternative-names.ts'
import type { FileSystem } from './file-system.ts'

/** What to do if the name of an upload is taken. */
export type UploadConflict = 'replace' | 'refuse' | 'rename'

/** The result of an upload. */
export type WrittenUpload =
  | { readonly kind: 'created'; readonly name: string }
  | { readonly kind: 'replaced' }
  /** The name is taken, as are all alternatives; nothing is stored. */
  | { readonly kind: 'refused' }

/** Errors of file systems without hard links: FAT, some network file systems, FUSE. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])

/**
 * Stores content under a name in a folder. It is written to a temporary name there, which is never
 * served or listed, and renamed when all of it is on the disk: no client sees half a file, and
 * content that breaks off leaves nothing. Two uploads at once that may not replace anything get
 * different names, or one is refused.
 *
 * A process that is killed meanwhile leaves its temporary file, `.statewire-upload-` and a UUID. It
 * is not removed later, because another process may be writing it.
 */
export async function writeUpload(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
  conflict: UploadConflict,
  fileSystem: FileSystem,
): Promise<WrittenUpload> {
  const temporary = `${folder}${sep}.statewire-upload-${randomUUID()}`
  const fd = await fileSystem.create(temporary)
  try {
    try {
      for await (const bytes of content) await fileSystem.write(fd, bytes)
      await fileSystem.fsync(fd)
    } finally {
      await fileSystem.close(fd)
    }
    const stored = await commitUpload(temporary, folder, name, conflict, fileSystem)
    if (stored.kind === 'refused') await removeQuietly(temporary, fileSystem)
    else await fsyncFolder(folder, fileSystem)
    return stored
  } catch (error) {
    await removeQuietly(temporary, fileSystem)
    throw error
  }
}

async function commitUpload(
  temporary: string,
  folder: string,
  name: string,
  conflict: UploadConflict,
  fileSystem: FileSystem,
): Promise<WrittenUpload> {
  const path = folder + sep + name
  if (conflict === 'replace') {
    const existed = await exists(path, fileSystem)
    await fileSystem.rename(temporary, path)
    return existed ? { kind: 'replaced' } : { kind: 'created', name }
  }
  if (await linkExclusive(temporary, path, fileSystem)) return { kind: 'created', name }
  if (conflict === 'rename') {
    for (const other of alternativeNames(name))
      if (await linkExclusive(temporary, folder + sep + other, fileSystem))
        return { kind: 'created', name: other }
  }
  return { kind: 'refused' }
}

/**
 * Moves a file to a free name. Returns false if it is taken: a link, unlike a rename, replaces
 * nothing.
 */
async function linkExclusive(from: string, to: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    await fileSystem.link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (NO_LINKS.has(code)) return renameExclusive(from, to, fileSystem)
    throw error
  }
  // The upload has its name; that the temporary one may remain is no failure.
  await removeQuietly(from, fileSystem)
  return true
}

/** The same without links: an empty file reserves the name until it is replaced. */
async function renameExclusive(from: string, to: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    await fileSystem.close(await fileSystem.create(to))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    await fileSystem.rename(from, to)
  } catch (error) {
    await removeQuietly(to, fileSystem)
    throw error
  }
  return true
}

function exists(path: string, fileSystem: FileSystem): Promise<boolean> {
  return fileSystem.stat(path).then(
    () => true,
    () => false,
  )
}

/** Makes the name, too, survive a loss of power. Errors are ignored: not all systems can do it. */
async function fsyncFolder(folder: string, fileSystem: FileSystem): Promise<void> {
  try {
    const fd = await fileSystem.open(folder)
    await fileSystem.fsync(fd).finally(() => fileSystem.close(fd))
  } catch {}
}

async function removeQuietly(path: string, fileSystem: FileSystem): Promise<void> {
  await fileSystem.remove(path).catch(() => {})
}
