import type { Clock } from '../connection/clock.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { ContentCoder } from './content-coder.ts'
import type { DirectFileSystem, FileSystem } from './file-system.ts'

/** The outside world as a server sees it, apart from sockets: Node's, or the simulator's. */
export type Platform = {
  readonly clock: Clock
  readonly fileSystem: FileSystem
  /** Undefined if all calls are made in threads. */
  readonly directFileSystem?: DirectFileSystem | undefined
  readonly coder: ContentCoder
  readonly buffers: BufferPool
}

/** What looking at files needs of it. */
export type FilePlatform = Pick<Platform, 'clock' | 'fileSystem' | 'directFileSystem'>
