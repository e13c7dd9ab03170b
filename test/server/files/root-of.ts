import { systemClock } from '../../../src/server/connection/clock.ts'
import { FileAccess, type FileOperation } from '../../../src/server/files/file-access.ts'
import type { DirectFileSystem, FileSystem } from '../../../src/server/files/file-system.ts'
import type { StatResult } from '../../../src/server/files/look.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import {
  type Opened,
  type OpenedFolder,
  type RootPolicy,
  SiteRoot,
} from '../../../src/server/files/site-root.ts'

/**
 * Opens a root with the default policy, of which some settings may be replaced. Without `direct`,
 * all calls are made in threads.
 */
export function rootOf(
  path: string,
  fileSystem: FileSystem = nodeFileSystem,
  policy: Partial<RootPolicy> = {},
  nowMs: () => number = () => 0,
  direct?: DirectFileSystem,
): Promise<SiteRoot> {
  const clock = { ...systemClock, monotonicMs: nowMs }
  const access = new FileAccess(fileSystem, direct, false)
  const defaults = {
    symlinks: 'inside',
    revalidateMs: 1000,
    memoryBytesMax: 1 << 20,
    privateFiles: [],
  } as const
  return SiteRoot.of(path, { ...defaults, ...policy }, access, clock)
}

/** The operations of a root as functions that run them. */
export type RunRoot = {
  readonly stat: (segments: readonly string[]) => Promise<StatResult>
  readonly open: (segments: readonly string[]) => Promise<Opened>
  readonly openFile: (segments: readonly string[]) => Promise<Exclude<Opened, OpenedFolder>>
}

export function runOf(root: SiteRoot): RunRoot {
  return {
    stat: async segments => root.run(root.stat(segments)),
    open: async segments => root.run(root.open(segments)),
    openFile: async segments => root.run(root.openFile(segments)),
  }
}

/** Runs an operation of a root, which may still be opening. */
export async function runIn<T>(
  root: SiteRoot | Promise<SiteRoot>,
  operation: (root: SiteRoot) => FileOperation<T>,
): Promise<T> {
  const opened = await root
  return opened.run(operation(opened))
}
