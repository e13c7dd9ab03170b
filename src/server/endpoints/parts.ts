import type { Config } from '../config/settings.ts'
import type { Clock } from '../connection/clock.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import type { AssetStore } from '../files/asset-store.ts'
import type { BufferPool } from '../files/buffer-pool.ts'
import type { ContentCoder } from '../files/content-coder.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { Sites } from '../files/sites.ts'
import type { ResponseCache } from '../response-cache/response-cache.ts'

/** What endpoints work with. */
export type EndpointParts = {
  readonly config: Config
  readonly sites: Sites
  readonly assets: AssetStore
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly fileSystem: FileSystem
  readonly coder: ContentCoder
  readonly buffers: BufferPool
  readonly responseCache: ResponseCache | undefined
  /** Whether the server is about to stop. */
  readonly isDraining: () => boolean
}
