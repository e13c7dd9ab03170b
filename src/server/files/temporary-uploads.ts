import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { lstat, opendir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

const PREFIX = '.statewire-upload-'
const TEMPORARY = /^\.statewire-upload-([\da-f]{8})-(\d{1,10})-[\da-f-]{36}$/
/** Of another machine or container nobody knows whether the process still runs. */
const FOREIGN_AGE_MS = 24 * 60 * 60 * 1000
/** Containers of one pod have the same process ids; their host names differ. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** Returns the name of a temporary file, by which its process is known. */
export function temporaryName(uuid: string): string {
  return `${PREFIX}${HOST}-${process.pid}-${uuid}`
}

/**
 * Removes the temporary files of processes that were killed while they received uploads, in a
 * folder and all below it. Links are not followed. What cannot be read or removed is left.
 *
 * @returns how many were removed
 */
export async function sweepTemporaryUploads(folder: string): Promise<number> {
  let removed = 0
  const entries = await opendir(folder).catch(() => undefined)
  if (entries === undefined) return removed
  try {
    for await (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) removed += await sweepTemporaryUploads(path)
      else if (await isLeftOver(entry, path))
        removed += await unlink(path).then(
          () => 1,
          () => 0,
        )
    }
  } catch {}
  return removed
}

async function isLeftOver(entry: Dirent, path: string): Promise<boolean> {
  const [, host, pid] = TEMPORARY.exec(entry.name) ?? []
  if (pid === undefined || !entry.isFile()) return false
  const status = await lstat(path).catch(() => undefined)
  if (status === undefined) return false
  if (host !== HOST) return Date.now() - status.mtimeMs > FOREIGN_AGE_MS
  // In a container, a process often has the id of its predecessor.
  const startMs = Date.now() - process.uptime() * 1000
  return Number(pid) === process.pid ? status.mtimeMs < startMs : !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
