import { randomUUID } from 'node:crypto'
import { sep } from 'node:path'
import type { Disk } from '../disk.ts'

/**
 * Stores content under a name in a folder. It is written to a temporary name there, which is never served, and takes its own when
 * all of it is on the disk: nobody sees half a file, and content that breaks off leaves nothing. Resolves to whether a file
 * was replaced.
 */
export async function storeFile(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
  disk: Disk,
): Promise<'created' | 'replaced'> {
  const temporaryPath = `${folder}${sep}.statewire-upload-${randomUUID()}`
  const fd = await disk.create(temporaryPath)
  try {
    try {
      for await (const bytes of content) await disk.write(fd, bytes)
      await disk.fsync(fd)
    } finally {
      await disk.close(fd)
    }
    const path = folder + sep + name
    const existed = await disk.stat(path).then(
      () => true,
      () => false,
    )
    await disk.rename(temporaryPath, path)
    return existed ? 'replaced' : 'created'
  } catch (error) {
    await disk.remove(temporaryPath).catch(() => {})
    throw error
  }
}
