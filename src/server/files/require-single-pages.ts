import type { Config } from '../config/config.ts'
import { ConfigError, type ConfigIssue } from '../config/config-issue.ts'
import { systemClock } from '../connection/clock.ts'
import { FileAccess } from './file-access.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { findFile } from './resolve-path.ts'
import { SiteRoot } from './site-root.ts'

/**
 * Requires that the pages of single-page applications exist: without them, each deep link would be
 * a 404 that nobody expects. A root that is not a folder is reported when the server opens it.
 *
 * @throws ConfigError with the place of each page that is missing
 */
export async function requireSinglePages(config: Config): Promise<void> {
  const issues: ConfigIssue[] = []
  for (const { root: path, file, symlinks, named } of config.singlePages) {
    const access = new FileAccess(nodeFileSystem, undefined, false)
    const policy = { ...config, symlinks }
    const root = await SiteRoot.of(path, policy, access, systemClock).catch(() => undefined)
    if (root === undefined) continue
    const found = await root.run(findFile(root, file.slice(1).split('/')))
    const message = `must be the name of a file below the root ${path}, which has no ${file}`
    if (found.kind === 'missing' || found.kind === 'folder') issues.push({ ...named, message })
  }
  if (issues.length > 0) throw new ConfigError(issues)
}
