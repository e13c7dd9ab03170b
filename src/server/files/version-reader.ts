import type { Config } from '../config/config.ts'
import type { BoundedTable } from './bounded-table.ts'
import type { CachedBytes } from './cached-bytes.ts'
import { type DigestKind, readContent } from './content-digest.ts'
import { call, type FileOperation, wait } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { contentKeyOf, isRecent, isUnchanged } from './file-version.ts'
import type { FoundFile } from './look.ts'
import type { Platform } from './platform.ts'
import type { SiteRoot } from './site-root.ts'
import { MISSING, type Unavailable } from './unavailable.ts'

/** A version of a file: what its entity-tag is made of, and its bytes if they are in memory. */
export type FoundVersion = {
  readonly file: FoundFile
  /** The key of what is cached of it: the root, the file, and the time of its content. */
  readonly key: string
  readonly digest: string
  /** Whether it may change without a change of its times, so that nothing of it is kept. */
  readonly isRecent: boolean
  /** Whether its tag is weak: it is recent, and is not known to have had this content before. */
  readonly isWeak: boolean
  readonly bytes: Uint8Array | undefined
  /** Whether it is Zstandard that browsers refuse. */
  readonly needsLargeWindow: boolean
}

/**
 * Finds the version of a file: from the cache, or by reading it, once at a time. If only the ctime
 * of a file has changed, its content is compared with that of the version before.
 */
export class VersionReader {
  readonly #config: Config
  readonly #platform: Platform
  readonly #cache: BoundedTable<CachedBytes>
  readonly #reading = new Map<string, Promise<FoundVersion | Unavailable>>()
  readonly #comparing = new Map<string, Promise<boolean>>()

  constructor(config: Config, platform: Platform, cache: BoundedTable<CachedBytes>) {
    this.#config = config
    this.#platform = platform
    this.#cache = cache
  }

  *find(root: SiteRoot, file: FoundFile): FileOperation<FoundVersion | Unavailable> {
    const { status } = file
    const key = cacheKeyOf(root, status)
    const cached = this.#cache.get(key)
    if (cached?.ctimeNs === status.ctimeNs) return this.#found(file, key, cached)
    const readingKey = `${key}-${status.ctimeNs}`
    const running = this.#reading.get(readingKey)
    if (running !== undefined) {
      const version = yield* wait(running)
      // The same file may be read under another name.
      return 'kind' in version
        ? version
        : { ...version, file: { ...version.file, segments: file.segments } }
    }
    const reading = root.run(this.#read(root, file))
    if (!(reading instanceof Promise)) return reading
    this.#reading.set(readingKey, reading)
    try {
      return yield* wait(reading)
    } finally {
      this.#reading.delete(readingKey)
    }
  }

  /**
   * Whether an open file still has the content with this digest: its ctime has changed, while it
   * was sent. It is read once for all that send it.
   */
  async hasContent(
    root: SiteRoot,
    fd: number,
    status: FileStatus,
    digest: string,
  ): Promise<boolean> {
    const key = cacheKeyOf(root, status)
    const cached = this.#cache.get(key)
    if (cached?.ctimeNs === status.ctimeNs) return cached.digest === digest
    const comparingKey = `${key}-${status.ctimeNs}-${digest}`
    const running = this.#comparing.get(comparingKey)
    if (running !== undefined) return running
    const comparing = Promise.resolve(root.run(this.#compare(key, fd, status, digest)))
    this.#comparing.set(comparingKey, comparing)
    try {
      return await comparing
    } finally {
      this.#comparing.delete(comparingKey)
    }
  }

  *#compare(key: string, fd: number, status: FileStatus, digest: string): FileOperation<boolean> {
    const kind = this.#kindOf(status)
    // Nothing is kept: the file may have lost its name.
    const content = kind === 'samples' ? kind : 'content'
    const read = yield* readContent(fd, status, content, this.#platform.buffers)
    if (read?.digest !== digest) return false
    const cached = this.#cache.get(key)
    const mayChange = isRecent(status, this.#platform.clock.wallMs())
    if (cached?.digest === digest && !mayChange) cached.ctimeNs = status.ctimeNs
    return true
  }

  /** Reads a file, to keep it, or for its digest alone. */
  *#read(root: SiteRoot, { segments }: FoundFile): FileOperation<FoundVersion | Unavailable> {
    const { clock, buffers } = this.#platform
    const read = yield* readVersion(root, segments, (fd, status) =>
      readContent(fd, status, this.#kindOf(status), buffers),
    )
    if (read.kind !== 'read') return read
    const { status, value, isSettled } = read
    const key = cacheKeyOf(root, status)
    const mayChange = !isSettled || isRecent(status, clock.wallMs())
    // A file that has the content which it had before keeps its tag, however recent its ctime is.
    const isKnown = isSettled && this.#cache.get(key)?.digest === value.digest
    if (!mayChange) this.#cache.set(key, value)
    const found = this.#found({ segments, status }, key, value)
    return mayChange ? { ...found, isRecent: true, isWeak: !isKnown } : found
  }

  #found(
    file: FoundFile,
    key: string,
    { digest, bytes, needsLargeWindow }: CachedBytes,
  ): FoundVersion {
    const isKept = this.#kindOf(file.status) === 'kept'
    const known = isKept ? bytes : undefined
    return { file, key, digest, isRecent: false, isWeak: false, bytes: known, needsLargeWindow }
  }

  #kindOf({ size }: FileStatus): DigestKind {
    if (size <= this.#config.memoryFileBytesMax) return 'kept'
    return this.#config.etag === 'content' ? 'content' : 'samples'
  }
}

/**
 * The key of a version that was opened below this root, and so verified to lie there. A status
 * alone does not show that: its path may have led through a link that a folder was swapped for.
 */
function cacheKeyOf({ scope }: SiteRoot, status: FileStatus): string {
  return `${contentKeyOf(status)} ${scope}`
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
  read: (fd: number, status: FileStatus) => FileOperation<T | undefined>,
): FileOperation<ReadVersion<T> | Unavailable> {
  let last: ReadVersion<T> | undefined
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const opened = yield* root.openFile(segments)
    if (opened.kind !== 'file') return opened
    const { fd, status } = opened
    try {
      const isLonger = status.size === 0 && (yield* isNotEmpty(fd))
      const value = isLonger ? undefined : yield* read(fd, status)
      const after = yield* call('fstat', fd)
      const isSettled = isUnchanged(status, after)
      // Its size is not that of its content, as in /proc and /sys.
      if (value === undefined && isSettled) return MISSING
      if (value === undefined) continue
      if (isSettled) return { kind: 'read', status, value, isSettled }
      last = after.size < status.size ? undefined : { kind: 'read', status, value, isSettled }
    } finally {
      yield* call('close', fd)
    }
  }
  return last ?? { kind: 'busy' }
}

/** Whether there is something to read in a file. */
function* isNotEmpty(fd: number): FileOperation<boolean> {
  return (yield* call('read', fd, new Uint8Array(1), 1, 0)) > 0
}
