import type { Config } from '../config/config.ts'
import { hasDescriptorPaths } from '../files/node-file-system.ts'
import { sweepTemporaryUploads } from '../files/temporary-uploads.ts'
import type { Log } from '../log/log.ts'

/**
 * Removes temporary files of earlier processes, without waiting for it. Warns where the system
 * cannot address an open folder.
 */
export function prepareUploads({ endpoints, root, hosts }: Config, log: Log): void {
  const sites = [{ root, endpoints }].concat(
    hosts.map(({ root, settings }) => ({ root, endpoints: settings.endpoints })),
  )
  const roots = sites.filter(({ endpoints }) => endpoints.includes('files')).map(site => site.root)
  if (roots.length === 0) return
  if (!hasDescriptorPaths)
    log.warn(
      {},
      'uploads: this system cannot hold a folder open by /proc/self/fd; a program that replaces ' +
        'a folder by a link during an upload can have the file stored outside the root',
    )
  void sweep(roots, log)
}

async function sweep(roots: readonly string[], log: Log): Promise<void> {
  let removed = 0
  for (const root of new Set(roots)) removed += await sweepTemporaryUploads(root)
  if (removed > 0)
    log.info({ removed }, `removed ${removed} temporary files of uploads that were interrupted`)
}
