import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import type { ByteCache } from './byte-cache.ts'
import type { FileStatus, FileSystem } from './file-system.ts'
import type { Platform } from './platform.ts'
import type { FoundFile } from './resolve-path.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

const NOTHING = new Uint8Array(0)

/** A version of a file: what its entity-tag is made of, and its bytes if they are in memory. */
export type FoundVersion = {
  readonly file: FoundFile
  readonly key: string
  readonly digest: string
  readonly isRecent: boolean
  readonly bytes: Uint8Array | undefined
}

export type CachedBytes = { readonly digest: string; readonly bytes: Uint8Array }

/**
 * Finds the version of a file: from its status, from the cache, or by reading it, once at a time.
 */
export class VersionReader {
  readonly #config: Config
  readonly #platform: Platform
  readonly #cache: ByteCache<CachedBytes>
  readonly #reading = new Map<string, Promise<FoundVersion | Unavailable>>()

  constructor(config: Config, platform: Platform, cache: ByteCache<CachedBytes>) {
    this.#config = config
    this.#platform = platform
    this.#cache = cache
  }

  async find(root: SiteRoot, file: FoundFile): Promise<FoundVersion | Unavailable> {
    const { status } = file
    const key = versionOf(status)
    const isKept = status.size <= this.#config.memoryFileBytesMax
    if (!isKept && this.#config.etag === 'auto')
      return {
        file,
        key,
        digest: Digest.of(key),
        isRecent: isRecent(status, this.#platform.clock.wallMs()),
        bytes: undefined,
      }
    const cached = this.#cache.get(key)
    if (cached !== undefined) {
      const bytes = isKept ? cached.bytes : undefined
      return { file, key, digest: cached.digest, isRecent: false, bytes }
    }
    const running = this.#reading.get(key)
    if (running !== undefined) {
      const version = await running
      // The same file may be read under another name, below another root.
      return 'kind' in version
        ? version
        : { ...version, file: { ...version.file, segments: file.segments } }
    }
    const reading = this.#read(root, file, isKept).finally(() => this.#reading.delete(key))
    this.#reading.set(key, reading)
    return reading
  }

  /** Reads a file, to keep it, or for its digest alone. */
  async #read(
    root: SiteRoot,
    { segments }: FoundFile,
    isKept: boolean,
  ): Promise<FoundVersion | Unavailable> {
    const { fileSystem, clock } = this.#platform
    const read = await readVersion(root, segments, fileSystem, async (fd, size) => {
      if (!isKept) return { digest: await this.#digestOf(fd, size), bytes: NOTHING }
      const bytes = await readWhole(fd, size, fileSystem)
      return bytes && { digest: Digest.of(bytes), bytes }
    })
    if (read.kind !== 'read') return read
    const { status, value } = read
    const key = versionOf(status)
    const mayChange = !read.isSettled || isRecent(status, clock.wallMs())
    // A large file may have shrunk to a small one since its status: there is a digest of it, no
    // bytes.
    const isComplete = isKept || status.size > this.#config.memoryFileBytesMax
    if (!mayChange && isComplete) this.#cache.set(key, value)
    return {
      file: { segments, status },
      key,
      digest: value.digest,
      isRecent: mayChange,
      bytes: isKept ? value.bytes : undefined,
    }
  }

  async #digestOf(fd: number, size: number): Promise<string> {
    const { fileSystem, buffers } = this.#platform
    const digest = new Digest()
    const buffer = buffers.take('large')
    try {
      for (let position = 0; position < size; ) {
        const bytesMax = Math.min(buffer.length, size - position)
        const length = await fileSystem.read(fd, buffer, bytesMax, position)
        if (length === 0) break
        digest.update(buffer.subarray(0, length))
        position += length
      }
    } finally {
      buffers.give(buffer)
    }
    return digest.end()
  }
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
export async function readVersion<T>(
  root: SiteRoot,
  segments: readonly string[],
  fileSystem: FileSystem,
  read: (fd: number, size: number) => Promise<T | undefined>,
): Promise<ReadVersion<T> | Unavailable> {
  let last: ReadVersion<T> | undefined
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const opened = await root.open(segments)
    if (opened.kind === 'folder') return { kind: 'missing' }
    if (opened.kind !== 'file') return opened
    const { fd, status } = opened
    try {
      const value = await read(fd, status.size)
      if (value === undefined) continue
      const after = await fileSystem.fstat(fd)
      const isSettled = isUnchanged(status, after)
      if (isSettled) return { kind: 'read', status, value, isSettled }
      last = after.size < status.size ? undefined : { kind: 'read', status, value, isSettled }
    } finally {
      await fileSystem.close(fd)
    }
  }
  return last ?? { kind: 'busy' }
}

/** A file may change again within this time without a change of its timestamps. */
const RECENT_MS = 1000
/** 132 bits of a digest: short enough for a field. */
const DIGEST_CHARACTERS = 22
/** Modification times up to here are placeholders: 0, and the 1 of Nix. */
const USELESS_MTIME_NS = 1_000_000_000n

/** Identifies a version of a file. Neither its size nor its times alone would. */
export function versionOf({ device, inode, size, mtimeNs, ctimeNs }: FileStatus): string {
  return [device, inode, size, mtimeNs, ctimeNs].map(figure => figure.toString(36)).join('-')
}

/** Whether an open file is unchanged. It may have lost its name meanwhile, to another file. */
export function isUnchanged(before: FileStatus, after: FileStatus): boolean {
  const { size, mtimeNs, ctimeNs, links } = before
  const isSame = after.size === size && after.mtimeNs === mtimeNs
  return isSame && (after.ctimeNs === ctimeNs || after.links < links)
}

/** Whether a file may still be being written, judged by its times. */
export function isRecent({ ctimeNs }: FileStatus, nowMs: number): boolean {
  return nowMs - Number(ctimeNs / 1_000_000n) < RECENT_MS
}

/** Milliseconds since 1970; undefined if the file's time is a placeholder. */
export function lastModifiedMsOf({ mtimeNs }: FileStatus): number | undefined {
  return mtimeNs <= USELESS_MTIME_NS ? undefined : Number(mtimeNs / 1_000_000n)
}

/** The digest that an entity-tag is made of. */
export class Digest {
  readonly #hash = createHash('sha256')

  static of(bytes: Uint8Array | string): string {
    return new Digest().update(bytes).end()
  }

  update(bytes: Uint8Array | string): this {
    this.#hash.update(bytes)
    return this
  }

  end(): string {
    return this.#hash.digest('base64url').slice(0, DIGEST_CHARACTERS)
  }
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
