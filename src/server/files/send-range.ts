import type { ByteRange } from '../../response/byte-range.ts'
import { StatusCode } from '../../response/index.ts'
import type { Clock } from '../connection/clock.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { FileSystem } from './file-system.ts'

/** A client that takes less in a millisecond is given small buffers: there may be thousands of them. */
const FAST_BYTES_PER_MS = 8 * 1024

/** What a file is sent with. */
export type SendParts = {
  readonly fileSystem: FileSystem
  readonly buffers: BufferPool
  readonly clock: Clock
}

/**
 * Writes a range of a file as part of the body of an answer that has begun, one pooled buffer at a time: the next is read when the
 * client has taken the last, and is as large as suits its pace. A file that has shrunk meanwhile, or is not the same any more when all of the range is read, aborts
 * the answer before its last bytes are sent: false. The descriptor stays open.
 */
export async function sendRange(
  exchange: Exchange,
  fd: number,
  { from, to }: ByteRange,
  isSame: () => Promise<boolean>,
  { fileSystem, buffers, clock }: SendParts,
): Promise<boolean> {
  let isFast = false
  for (let position = from; position < to && exchange.wantsBody; ) {
    const buffer = buffers.take(isFast ? 'large' : 'small')
    try {
      const length = await fileSystem.read(
        fd,
        buffer,
        Math.min(buffer.length, to - position),
        position,
      )
      position += length
      if (length === 0 || (position === to && !(await isSame()))) {
        exchange.fail(StatusCode.InternalServerError)
        return false
      }
      const startMs = clock.monotonicMs()
      // ZERO-COPY: the view is the wire's until it says done; its owner is the pool.
      await new Promise<void>(done => exchange.write(buffer.subarray(0, length), done))
      isFast = length >= (clock.monotonicMs() - startMs) * FAST_BYTES_PER_MS
    } finally {
      buffers.give(buffer)
    }
  }
  return true
}

/** The first so many bytes of a file; undefined where it has shrunk. */
export async function readWhole(
  fd: number,
  size: number,
  fileSystem: FileSystem,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const read = await fileSystem.read(fd, bytes.subarray(length), size - length, length)
    if (read === 0) return undefined
    length += read
  }
  return bytes
}
