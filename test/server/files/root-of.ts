import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import { type RootPolicy, SiteRoot } from '../../../src/server/files/site-root.ts'

/** A root with the default policy but for what is given. */
export function rootOf(
  path: string,
  fileSystem: FileSystem = nodeFileSystem,
  policy: Partial<RootPolicy> = {},
  nowMs: () => number = () => 0,
): Promise<SiteRoot> {
  return SiteRoot.of(path, { symlinks: 'inside', revalidateMs: 1000, ...policy }, fileSystem, nowMs)
}
