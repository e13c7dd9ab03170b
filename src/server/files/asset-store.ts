import { acceptableCodings, type Coding } from '../../response/content-coding.ts'
import { entityTag } from '../../response/entity-tag.ts'
import { isCompressible, mediaTypeOf } from '../../response/media-type.ts'
import type { Asset, Representation } from '../../response/static-plan.ts'
import type { Config } from '../config/settings.ts'
import type { Clock } from '../connection/clock.ts'
import type { BufferPool } from './buffer-pool.ts'
import { ByteCache } from './byte-cache.ts'
import { CompressionQueue } from './compression-queue.ts'
import type { ContentCoder } from './content-coder.ts'
import type { FileSystem } from './file-system.ts'
import { Digest, isRecent, lastModifiedMsOf, versionOf } from './file-version.ts'
import { readVersion } from './read-version.ts'
import type { FoundAsset, FoundFile } from './resolve-path.ts'
import { readWhole } from './send-range.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** Smaller files gain nothing; larger ones would take too much memory and time at once. */
const COMPRESSED_BYTES_MIN = 1024
const COMPRESSED_BYTES_MAX = 10 * 1024 * 1024
/** One file may not have all of the memory: others would be pushed out by it. */
const SHARE_OF_MEMORY = 4
const ENTRIES_MAX = 65_536

const NOTHING = new Uint8Array(0)

/** Where the bytes of a representation are. */
export type ByteSource =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  /** In a file, as long as that is of this version; one that is being written may grow. */
  | {
      readonly kind: 'disk'
      readonly segments: readonly string[]
      readonly version: string
      readonly isRecent: boolean
    }

type Stored = Representation & { readonly source: ByteSource | undefined }

/** A version of a file: what its entity-tag is made of, and its bytes where they are at hand. */
type Version = {
  readonly file: FoundFile
  readonly key: string
  readonly digest: string
  readonly isRecent: boolean
  readonly bytes: Uint8Array | undefined
}

type CachedBytes = { readonly digest: string; readonly bytes: Uint8Array }

type Parts = {
  readonly config: Config
  readonly fileSystem: FileSystem
  readonly coder: ContentCoder
  readonly clock: Clock
  readonly buffers: BufferPool
}

/** Small files, what is compressed of files, and digests, in memory, by the version of the file: nothing in here can be stale. */
export class AssetStore {
  readonly #parts: Parts
  readonly #cache: ByteCache<CachedBytes>
  readonly #compressor: CompressionQueue
  readonly #reading = new Map<string, Promise<Version | Unavailable>>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#cache = new ByteCache(parts.config.memoryBytesMax, ENTRIES_MAX)
    this.#compressor = new CompressionQueue(parts.coder, parts.config.compressionsMax)
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.#cache.bytes
  }

  /** The representations of a file that one who sent this Accept-Encoding may have, and where they are. */
  async describe(
    root: SiteRoot,
    found: FoundAsset,
    acceptEncoding: string | undefined,
  ): Promise<StoredAsset | Unavailable> {
    const { identity, siblings } = found
    const makeable =
      identity === undefined ? [] : this.#compressibleCodings(found.name, identity.status.size)
    // Brotli before Zstandard before gzip, whether it is there or to be made; then the file as it is.
    const offered: (Coding | 'identity')[] = (['br', 'zstd', 'gzip'] as const).filter(
      coding => siblings.has(coding) || makeable.includes(coding),
    )
    if (identity !== undefined) offered.push('identity')
    const isNegotiable = offered.length > 1 || identity === undefined

    const stored: Stored[] = []
    let original: Version | undefined
    let absent: Unavailable | undefined
    for (const coding of acceptableCodings(acceptEncoding, offered)) {
      const sibling = coding === 'identity' ? undefined : siblings.get(coding)
      const version = sibling
        ? await this.#version(root, sibling)
        : (original ?? (await this.#version(root, identity!)))
      if ('kind' in version) {
        if (sibling === undefined) return version
        // A coded file that cannot be had is left out: there is the file itself.
        absent = version
        continue
      }
      if (sibling === undefined) original = version
      stored.push(
        sibling || coding === 'identity'
          ? represent(version, coding)
          : this.#compressed(version, coding),
      )
    }
    if (stored.length === 0 && absent !== undefined) return absent
    return new StoredAsset(found.name, isNegotiable, stored, (coding, mustHave) =>
      this.#compress(root, original!, coding, mustHave),
    )
  }

  /** The bytes of a file that is small enough to be kept; undefined for another, or where it cannot be had. */
  async contentOf(root: SiteRoot, file: FoundFile): Promise<Uint8Array | undefined> {
    const version = await this.#version(root, file)
    return 'kind' in version ? undefined : version.bytes
  }

  #compressibleCodings(name: string, size: number): readonly Coding[] {
    const { memoryBytesMax } = this.#parts.config
    const max = Math.min(COMPRESSED_BYTES_MAX, memoryBytesMax / SHARE_OF_MEMORY)
    const isWorthIt =
      size >= COMPRESSED_BYTES_MIN && size <= max && isCompressible(mediaTypeOf(name))
    return isWorthIt ? this.#compressor.codings : []
  }

  async #version(root: SiteRoot, file: FoundFile): Promise<Version | Unavailable> {
    const { config, clock } = this.#parts
    const { status } = file
    const key = versionOf(status)
    const isKept = status.size <= config.memoryFileBytesMax
    if (!isKept && config.etag === 'auto')
      return {
        file,
        key,
        digest: Digest.of(key),
        isRecent: isRecent(status, clock.wallMs()),
        bytes: undefined,
      }
    const kept = this.#cache.get(key)
    if (kept !== undefined)
      return {
        file,
        key,
        digest: kept.digest,
        isRecent: false,
        bytes: isKept ? kept.bytes : undefined,
      }
    const running = this.#reading.get(key)
    if (running !== undefined) {
      const version = await running
      // It may be read by another of its names, below another root.
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
  ): Promise<Version | Unavailable> {
    const { fileSystem, clock } = this.#parts
    const read = await readVersion(root, segments, fileSystem, async (fd, size) => {
      if (!isKept) return { digest: await this.#digestOf(fd, size), bytes: NOTHING }
      const bytes = await readWhole(fd, size, fileSystem)
      return bytes && { digest: Digest.of(bytes), bytes }
    })
    if (read.kind !== 'read') return read
    const { status, value } = read
    const key = versionOf(status)
    const mayChange = !read.isSettled || isRecent(status, clock.wallMs())
    // A large file may have become a small one since it was looked at: of that there is a digest, but nothing to answer with.
    const isComplete = isKept || status.size > this.#parts.config.memoryFileBytesMax
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
    const { fileSystem, buffers } = this.#parts
    const digest = new Digest()
    const buffer = buffers.take('large')
    try {
      for (let position = 0; position < size; ) {
        const length = await fileSystem.read(
          fd,
          buffer,
          Math.min(buffer.length, size - position),
          position,
        )
        if (length === 0) break
        digest.update(buffer.subarray(0, length))
        position += length
      }
    } finally {
      buffers.give(buffer)
    }
    return digest.end()
  }

  /** What is compressed of a version, as far as it has been made. */
  #compressed(version: Version, coding: Coding): Stored {
    const kept = this.#cache.get(codedKey(version, coding))
    // Nothing is kept of what came out no smaller.
    const bytes = kept?.bytes.length ? kept.bytes : undefined
    return {
      ...represent(version, coding),
      size: bytes?.length,
      source: bytes && { kind: 'memory', bytes },
    }
  }

  async #compress(
    root: SiteRoot,
    version: Version,
    coding: Coding,
    mustHave: boolean,
  ): Promise<Uint8Array | undefined> {
    const key = codedKey(version, coding)
    const { segments } = version.file
    const kept = this.#cache.get(key)
    if (kept?.bytes.length) return kept.bytes
    // What is kept as nothing was made, and was not worth it.
    if (!mustHave && (version.isRecent || kept !== undefined)) return undefined
    const bytes = await this.#compressor.compress(key, coding, async () => {
      if (version.bytes !== undefined) return version.bytes
      const { fileSystem } = this.#parts
      const read = await readVersion(root, segments, fileSystem, (fd, size) =>
        readWhole(fd, size, fileSystem),
      )
      const isSame =
        read.kind === 'read' && read.isSettled && versionOf(read.status) === version.key
      return isSame ? read.value : undefined
    })
    if (bytes === undefined) return undefined
    if (!version.isRecent)
      this.#cache.set(key, {
        digest: '',
        bytes: bytes.length < version.file.status.size ? bytes : NOTHING,
      })
    return bytes
  }
}

/** A file with its representations, as they were when it was described. */
export class StoredAsset {
  readonly kind = 'stored'
  readonly #name: string
  readonly #isNegotiable: boolean
  #stored: readonly Stored[]
  readonly #compress: (coding: Coding, mustHave: boolean) => Promise<Uint8Array | undefined>

  constructor(
    name: string,
    isNegotiable: boolean,
    stored: readonly Stored[],
    compressNow: (coding: Coding, mustHave: boolean) => Promise<Uint8Array | undefined>,
  ) {
    this.#name = name
    this.#isNegotiable = isNegotiable
    this.#stored = stored
    this.#compress = compressNow
  }

  asset(cacheControl: string): Asset {
    return {
      name: this.#name,
      representations: this.#stored,
      isNegotiable: this.#isNegotiable,
      cacheControl,
    }
  }

  sourceOf(coding: Coding | 'identity'): ByteSource {
    return this.#stored.find(one => one.coding === coding)!.source!
  }

  /** Has a representation made for those who come later. */
  compressInBackground(coding: Coding): Promise<unknown> {
    return this.#compress(coding, false)
  }

  /** Has a representation made for this answer. False: the file is another by now, or too much waits. */
  async make(coding: Coding): Promise<boolean> {
    const bytes = await this.#compress(coding, true)
    if (bytes === undefined) return false
    this.#stored = this.#stored.map(
      (one): Stored =>
        one.coding === coding
          ? { ...one, size: bytes.length, source: { kind: 'memory', bytes } }
          : one,
    )
    return true
  }

  /** Goes on without a representation. False: it was the last. */
  dropRepresentation(coding: Coding): boolean {
    this.#stored = this.#stored.filter(one => one.coding !== coding)
    return this.#stored.length > 0
  }
}

function represent(
  { file, key, digest, isRecent, bytes }: Version,
  coding: Coding | 'identity',
): Stored {
  const { segments, status } = file
  return {
    coding,
    etag: entityTag(digest, coding, isRecent),
    lastModifiedMs: lastModifiedMsOf(status),
    size: status.size,
    source: bytes ? { kind: 'memory', bytes } : { kind: 'disk', segments, version: key, isRecent },
  }
}

function codedKey(version: Version, coding: Coding): string {
  return `${version.key}-${coding}`
}
