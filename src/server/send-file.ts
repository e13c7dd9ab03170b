import type { ByteRange } from '../response/byte-range.ts'
import { StatusCode } from '../response/index.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { Disk } from './disk.ts'
import type { Exchange } from './exchange.ts'

/**
 * Writes a range of a file as part of the body of an answer that has begun, one pooled buffer at a time: the next is read when the
 * client has taken the last. A file that has shrunk meanwhile, or is not the same any more when all of the range is read, aborts
 * the answer before its last bytes are sent: false. The descriptor stays open.
 */
export async function sendRange(
  exchange: Exchange,
  fd: number,
  { from, to }: ByteRange,
  isSame: () => Promise<boolean>,
  { disk, buffers }: { readonly disk: Disk; readonly buffers: BufferPool },
): Promise<boolean> {
  const buffer = buffers.take()
  try {
    for (let position = from; position < to && exchange.wantsBody; ) {
      const length = await disk.read(fd, buffer, Math.min(buffer.length, to - position), position)
      position += length
      if (length === 0 || (position === to && !(await isSame()))) {
        exchange.fail(StatusCode.InternalServerError)
        return false
      }
      // ZERO-COPY: the view is the wire's until it says done; its owner is the pool.
      await new Promise<void>(done => exchange.write(buffer.subarray(0, length), done))
    }
    return true
  } finally {
    buffers.give(buffer)
  }
}

/** The first so many bytes of a file; undefined where it has shrunk. */
export async function readWhole(fd: number, size: number, disk: Disk): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const read = await disk.read(fd, bytes.subarray(length), size - length, length)
    if (read === 0) return undefined
    length += read
  }
  return bytes
}
