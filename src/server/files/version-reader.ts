import type { Config } from '../config/settings.ts'
import type { ByteCache } from './byte-cache.ts'
import { Digest, isRecent, versionOf } from './file-version.ts'
import type { Platform } from './platform.ts'
import { readVersion } from './read-version.ts'
import type { FoundFile } from './resolve-path.ts'
import { readWhole } from './send-range.ts'
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
