import type { AssetStore } from '../assets/asset-store.ts'
import type { Sites } from '../assets/sites.ts'
import type { BufferPool } from '../buffer-pool.ts'
import type { Clock } from '../clock.ts'
import type { Coder } from '../coder.ts'
import type { Config } from '../config/settings.ts'
import type { Disk } from '../disk.ts'
import type { ReadyTable } from '../ready/ready-table.ts'
import type { TimerWheel } from '../timer-wheel.ts'

/** What endpoints work with. */
export type EndpointParts = {
  readonly config: Config
  readonly sites: Sites
  readonly assets: AssetStore
  readonly clock: Clock
  readonly wheel: TimerWheel
  readonly disk: Disk
  readonly coder: Coder
  readonly buffers: BufferPool
  readonly ready: ReadyTable | undefined
  /** Whether the server is about to stop. */
  readonly isDraining: () => boolean
}
