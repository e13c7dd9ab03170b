import type { BufferPool } from './buffer-pool.ts'
import { CachedBytes } from './cached-bytes.ts'
import { Digest } from './digest.ts'
import { call, DIRECT_READ_BYTES_MAX, type FileOperation } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { contentKeyOf } from './file-version.ts'
import { needsLargeWindow } from './zstd-window.ts'

const NOTHING = new Uint8Array(0)

/**
 * What the digest of a version is made of: all of its content, which may be kept in memory, or its
 * status and samples of the content.
 */
export type DigestKind = 'kept' | 'content' | 'samples'

/** Samples of a file: the first bytes, the last bytes, and blocks between at equal distances. */
const SAMPLES = 8
const SAMPLE_BYTES = 4096
/** So much is hashed at once: some 0.5 ms, for which the event loop is held. */
const PIECE_BYTES = 256 * 1024

/**
 * Reads the content of an open file, or samples of it, for the digest of its version. Returns
 * undefined if the file is shorter than its status says.
 */
export function* readContent(
  fd: number,
  status: FileStatus,
  kind: DigestKind,
  buffers: BufferPool,
): FileOperation<CachedBytes | undefined> {
  const { ctimeNs, size } = status
  if (kind === 'kept') {
    const digest = size <= DIRECT_READ_BYTES_MAX ? undefined : new Digest()
    const bytes = yield* readWhole(fd, size, digest)
    if (bytes === undefined) return undefined
    const cached = new CachedBytes(digest?.end() ?? Digest.of(bytes), bytes, ctimeNs)
    cached.needsLargeWindow = needsLargeWindow(bytes)
    return cached
  }
  const digest = new Digest()
  let isUnfit = false
  const isSampled = kind === 'samples' && size > SAMPLES * SAMPLE_BYTES
  if (kind === 'samples') digest.update(contentKeyOf(status))
  const buffer = buffers.take(kind === 'samples' ? 'small' : 'large')
  try {
    for (let n = 0, position = 0; isSampled ? n < SAMPLES : position < size; n++) {
      const from = isSampled ? Math.floor(((size - SAMPLE_BYTES) * n) / (SAMPLES - 1)) : position
      const to = Math.min(size, from + (isSampled ? SAMPLE_BYTES : buffer.length))
      for (position = from; position < to; ) {
        const length = yield* call(
          'read',
          fd,
          buffer,
          Math.min(to - position, buffer.length),
          position,
        )
        if (length === 0) return undefined
        if (position === 0) isUnfit = needsLargeWindow(buffer.subarray(0, length))
        digest.update(buffer.subarray(0, length))
        position += length
      }
    }
  } finally {
    buffers.give(buffer)
  }
  const cached = new CachedBytes(digest.end(), NOTHING, ctimeNs)
  cached.needsLargeWindow = isUnfit
  return cached
}

/** Reads the first `size` bytes of a file. Returns undefined if it has shrunk. */
export function* readWhole(
  fd: number,
  size: number,
  digest?: Digest,
): FileOperation<Uint8Array | undefined> {
  const bytes = new Uint8Array(size)
  const bytesMax = digest === undefined ? size : PIECE_BYTES
  let length = 0
  while (length < size) {
    const wanted = Math.min(bytesMax, size - length)
    const read = yield* call('read', fd, bytes.subarray(length), wanted, length)
    if (read === 0) return undefined
    digest?.update(bytes.subarray(length, length + read))
    length += read
  }
  return bytes
}
