import { BufferPool } from '#src/server/files/buffer-pool.js'

/** A pool that knows how many of its buffers are out. */
export class CountingPool extends BufferPool {
  out = 0

  override take(size: 'large' | 'small'): Uint8Array {
    this.out++
    return super.take(size).fill(0xab)
  }

  override give(buffer: Uint8Array): void {
    this.out--
    super.give(buffer)
  }
}
