import { systemClock } from '../../../src/server/connection/clock.ts'
import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import { type RootPolicy, SiteRoot } from '../../../src/server/files/site-root.ts'

/** Opens a root with the default policy, of which some settings may be replaced. */
export function rootOf(
  path: string,
  fileSystem: FileSystem = nodeFileSystem,
  policy: Partial<RootPolicy> = {},
  nowMs: () => number = () => 0,
): Promise<SiteRoot> {
  const clock = { ...systemClock, monotonicMs: nowMs }
  return SiteRoot.of(path, { symlinks: 'inside', revalidateMs: 1000, ...policy }, fileSystem, clock)
}
