import type { ByteRange } from '../../response/byte-range.ts'
import { StatusCode } from '../../response/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { FileSystem } from './file-system.ts'
import type { Platform } from './platform.ts'

/**
 * A client that accepts less per millisecond gets small buffers: there may be thousands of them.
 */
const FAST_BYTES_PER_MS = 8 * 1024

/**
 * Writes a range of a file as part of a response that has begun, one pooled buffer at a time: the
 * next is read when the client has accepted the last, and is as large as suits its speed. The
 * descriptor stays open.
 *
 * @returns false if the file has shrunk, or `isSame` is false at the end of the range; the response
 * is
 *   then cut short before its last bytes
 */
export async function sendRange(
  exchange: Exchange,
  fd: number,
  { from, to }: ByteRange,
  isSame: () => Promise<boolean>,
  { fileSystem, buffers, clock }: Platform,
): Promise<boolean> {
  let isFast = false
  for (let position = from; position < to && exchange.wantsBody; ) {
    const buffer = buffers.take(isFast ? 'large' : 'small')
    try {
      const bytesMax = Math.min(buffer.length, to - position)
      const length = await fileSystem.read(fd, buffer, bytesMax, position)
      position += length
      if (length === 0 || (position === to && !(await isSame()))) {
        exchange.fail(StatusCode.InternalServerError)
        return false
      }
      const startMs = clock.monotonicMs()
      // ZERO-COPY: the view is the transport's until it calls back; its owner is the pool.
      await new Promise<void>(done => exchange.write(buffer.subarray(0, length), done))
      isFast = length >= (clock.monotonicMs() - startMs) * FAST_BYTES_PER_MS
    } finally {
      buffers.give(buffer)
    }
  }
  return true
}

/** Reads the first `size` bytes of a file. Returns undefined if it has shrunk. */
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
