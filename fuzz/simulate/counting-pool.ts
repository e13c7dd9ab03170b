import { BufferPool } from '#src/server/files/buffer-pool.js'

const FILL = 0xab

/** A pool that counts the buffers in use and overwrites each before it is used again. */
export class CountingPool extends BufferPool {
  inUse = 0

  override take(size: 'large' | 'small'): Uint8Array {
    this.inUse++
    return super.take(size).fill(FILL)
  }

  override give(buffer: Uint8Array): void {
    this.inUse--
    super.give(buffer)
  }
}
