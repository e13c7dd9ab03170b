import { StatusCode } from '../response/index.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { Disk } from './disk.ts'
import type { Exchange } from './exchange.ts'

/**
 * Writes so many bytes of a file as the body of an answer that has begun, one pooled buffer at a time: the next is read when the
 * client has taken the last. A file that has shrunk meanwhile aborts the answer. The descriptor stays open.
 */
export async function sendFile(
  exchange: Exchange,
  fd: number,
  size: number,
  disk: Disk,
  buffers: BufferPool,
): Promise<void> {
  const buffer = buffers.take()
  try {
    for (let position = 0; position < size && exchange.wantsBody; ) {
      const length = await disk.read(fd, buffer, Math.min(buffer.length, size - position), position)
      if (length === 0) return exchange.fail(StatusCode.InternalServerError)
      position += length
      // ZERO-COPY: the view is the wire's until it says done; its owner is the pool.
      await new Promise<void>(done => exchange.write(buffer.subarray(0, length), done))
    }
    exchange.finish()
  } finally {
    buffers.give(buffer)
  }
}

/** The first so many bytes of a file; fewer where it has shrunk. */
export async function readWhole(fd: number, size: number, disk: Disk): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const read = await disk.read(fd, bytes.subarray(length), size - length, length)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length)
}
