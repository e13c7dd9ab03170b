import type { Config } from '../config/config.ts'
import type { BoundedTable } from './bounded-table.ts'
import type { BufferPool } from './buffer-pool.ts'
import { CachedBytes } from './cached-bytes.ts'
import { Digest } from './digest.ts'
import { call, type FileOperation, wait } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { isRecent, isUnchanged, versionOf } from './file-version.ts'
import type { FoundFile } from './look.ts'
import type { Platform } from './platform.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'

const NOTHING = new Uint8Array(0)

/** A version of a file: what its entity-tag is made of, and its bytes if they are in memory. */
export type FoundVersion = {
  readonly file: FoundFile
  readonly key: string
  /** The key of what is cached of it. */
  readonly cacheKey: string
  readonly digest: string
  readonly isRecent: boolean
  readonly bytes: Uint8Array | undefined
}

/**
 * Finds the version of a file: from its status, from the cache, or by reading it, once at a time.
 */
export class VersionReader {
  readonly #config: Config
  readonly #platform: Platform
  readonly #cache: BoundedTable<CachedBytes>
  readonly #reading = new Map<string, Promise<FoundVersion | Unavailable>>()

  constructor(config: Config, platform: Platform, cache: BoundedTable<CachedBytes>) {
    this.#config = config
    this.#platform = platform
    this.#cache = cache
  }

  *find(root: SiteRoot, file: FoundFile): FileOperation<FoundVersion | Unavailable> {
    const { status } = file
    const key = versionOf(status)
    const cacheKey = scopedKey(root, key)
    const isKept = status.size <= this.#config.memoryFileBytesMax
    if (!isKept && this.#config.etag === 'auto')
      return {
        file,
        key,
        cacheKey,
        digest: Digest.of(key),
        isRecent: isRecent(status, this.#platform.clock.wallMs()),
        bytes: undefined,
      }
    const cached = this.#cache.get(cacheKey)
    if (cached !== undefined) {
      const bytes = isKept ? cached.bytes : undefined
      return { file, key, cacheKey, digest: cached.digest, isRecent: false, bytes }
    }
    const running = this.#reading.get(cacheKey)
    if (running !== undefined) {
      const version = yield* wait(running)
      // The same file may be read under another name.
      return 'kind' in version
        ? version
        : { ...version, file: { ...version.file, segments: file.segments } }
    }
    const reading = root.run(this.#read(root, file, isKept))
    if (!(reading instanceof Promise)) return reading
    this.#reading.set(cacheKey, reading)
    try {
      return yield* wait(reading)
    } finally {
      this.#reading.delete(cacheKey)
    }
  }

  /** Reads a file, to keep it, or for its digest alone. */
  *#read(
    root: SiteRoot,
    { segments }: FoundFile,
    isKept: boolean,
  ): FileOperation<FoundVersion | Unavailable> {
    const { clock, buffers } = this.#platform
    const read = yield* readVersion(root, segments, (fd, size) =>
      isKept ? readWithDigest(fd, size) : readDigest(fd, size, buffers),
    )
    if (read.kind !== 'read') return read
    const { status, value } = read
    const key = versionOf(status)
    const cacheKey = scopedKey(root, key)
    const mayChange = !read.isSettled || isRecent(status, clock.wallMs())
    // A large file may have shrunk to a small one since its status: there is a digest of it, no
    // bytes.
    const isComplete = isKept || status.size > this.#config.memoryFileBytesMax
    if (!mayChange && isComplete) this.#cache.set(cacheKey, value)
    return {
      file: { segments, status },
      key,
      cacheKey,
      digest: value.digest,
      isRecent: mayChange,
      bytes: isKept ? value.bytes : undefined,
    }
  }
}

/**
 * The key of a version that was opened below this root, and so verified to lie there. A status
 * alone does not show that: its path may have led through a link that a folder was swapped for.
 */
function scopedKey({ scope }: SiteRoot, key: string): string {
  return `${key} ${scope}`
}

function* readWithDigest(fd: number, size: number): FileOperation<CachedBytes | undefined> {
  const bytes = yield* readWhole(fd, size)
  return bytes && new CachedBytes(Digest.of(bytes), bytes)
}

/** Reads a file for its digest alone. */
function* readDigest(fd: number, size: number, buffers: BufferPool): FileOperation<CachedBytes> {
  const digest = new Digest()
  const buffer = buffers.take('large')
  try {
    for (let position = 0; position < size; ) {
      const bytesMax = Math.min(buffer.length, size - position)
      const length = yield* call('read', fd, buffer, bytesMax, position)
      if (length === 0) break
      digest.update(buffer.subarray(0, length))
      position += length
    }
  } finally {
    buffers.give(buffer)
  }
  return new CachedBytes(digest.end(), NOTHING)
}

/** How often a file is read again that changes while it is read. */
const ATTEMPTS_MAX = 3

/** What was read; `isSettled` if all of it is of the version that the status describes. */
export type ReadVersion<T> = {
  readonly kind: 'read'
  readonly status: FileStatus
  readonly value: T
  readonly isSettled: boolean
}

/**
 * Opens a file and reads from it; `read` resolves to undefined if the file is shorter than `size`.
 * A file that changes meanwhile is read again: a validator for a mixture of two versions would be
 * wrong (RFC 9110 §8.8.1). A file that never settles and never shrinks is most likely a log: the
 * last read is returned, as not settled.
 */
export function* readVersion<T>(
  root: SiteRoot,
  segments: readonly string[],
  read: (fd: number, size: number) => FileOperation<T | undefined>,
): FileOperation<ReadVersion<T> | Unavailable> {
  let last: ReadVersion<T> | undefined
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const opened = yield* root.openFile(segments)
    if (opened.kind !== 'file') return opened
    const { fd, status } = opened
    try {
      const value = yield* read(fd, status.size)
      if (value === undefined) continue
      const after = yield* call('fstat', fd)
      const isSettled = isUnchanged(status, after)
      if (isSettled) return { kind: 'read', status, value, isSettled }
      last = after.size < status.size ? undefined : { kind: 'read', status, value, isSettled }
    } finally {
      yield* call('close', fd)
    }
  }
  return last ?? { kind: 'busy' }
}

/** Reads the first `size` bytes of a file. Returns undefined if it has shrunk. */
export function* readWhole(fd: number, size: number): FileOperation<Uint8Array | undefined> {
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const read = yield* call('read', fd, bytes.subarray(length), size - length, length)
    if (read === 0) return undefined
    length += read
  }
  return bytes
}
