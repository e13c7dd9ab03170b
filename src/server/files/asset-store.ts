import { acceptableCodings, type Coding } from '../../response/content-coding.ts'
import { isCompressible, mediaTypeOf } from '../../response/media-type.ts'
import type { Asset, Representation } from '../../response/static-plan.ts'
import { entityTag } from '../../response/validators.ts'
import type { Config } from '../config/config.ts'
import { BoundedTable } from './bounded-table.ts'
import { CachedBody } from './cached-body.ts'
import { CachedBytes } from './cached-bytes.ts'
import { CompressionQueue } from './compression-queue.ts'
import { readWhole } from './content-digest.ts'
import type { FileOperation } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { isSameVersion, lastModifiedMsOf } from './file-version.ts'
import type { FoundFile } from './look.ts'
import type { Platform } from './platform.ts'
import type { FoundAsset } from './resolve-path.ts'
import type { SiteRoot } from './site-root.ts'
import { MISSING, type Unavailable } from './unavailable.ts'
import { type FoundVersion, readVersion, VersionReader } from './version-reader.ts'

/** Smaller files gain nothing; larger ones would take too much memory and time at once. */
const COMPRESSED_BYTES_MIN = 1024
const COMPRESSED_BYTES_MAX = 10 * 1024 * 1024
/** The first response waits for the compression of a file up to this size: some 3 ms. */
const COMPRESSED_AT_ONCE_BYTES_MAX = 64 * 1024
/** One file may take at most this part of the memory, or it would evict all others. */
const SHARE_OF_MEMORY = 4

const NOTHING = new Uint8Array(0)

/** What the validators of a version of a file are made of. */
export type FileValidators = Pick<FoundVersion, 'digest' | 'isWeak'> & {
  readonly lastModifiedMs: number | undefined
}

/**
 * Small files, compressed forms of files, and digests, in memory, keyed by the version of the file
 * and the root that it was read below: nothing in here can be stale, or of another site.
 */
export class AssetStore {
  readonly #config: Config
  readonly #cache: BoundedTable<CachedBytes>
  readonly #versions: VersionReader
  readonly compressions: CompressionQueue

  /** `bytesMax` returns how much of the memory is left for it. */
  constructor(
    config: Config,
    platform: Platform,
    bytesMax: () => number = () => config.memoryBytesMax,
  ) {
    this.#config = config
    this.#cache = new BoundedTable(bytesMax)
    this.#versions = new VersionReader(config, platform, this.#cache)
    this.compressions = new CompressionQueue(platform.coder, config.compressionsMax)
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#cache.bytes
  }

  /**
   * Describes the representations of a file that this Accept-Encoding accepts. `mediaType` is the
   * Content-Type if it is not that of the file's path.
   */
  *describe(
    root: SiteRoot,
    found: FoundAsset,
    acceptEncoding: string | undefined,
    mediaType: string = mediaTypeOf(found.segments.join('/')),
  ): FileOperation<StoredAsset | Unavailable> {
    const { name, identity, siblings } = found.name.toLowerCase().endsWith('.svgz')
      ? asGzip(found)
      : found
    const compressible =
      identity === undefined ? [] : this.#compressibleCodings(mediaType, identity.status.size)
    // Brotli before Zstandard before gzip, precompressed or not; then the file itself.
    const offered: (Coding | 'identity')[] = (['br', 'zstd', 'gzip'] as const).filter(
      coding => siblings.has(coding) || compressible.includes(coding),
    )
    if (identity !== undefined) offered.push('identity')
    const isNegotiable = offered.length > 1 || identity === undefined

    const representations: StoredRepresentation[] = []
    let original: FoundVersion | undefined
    let unavailable: Unavailable | undefined
    const acceptable = acceptableCodings(acceptEncoding, offered)
    const isIdentityAcceptable = acceptable.includes('identity')
    for (const coding of acceptable) {
      let sibling = coding === 'identity' ? undefined : siblings.get(coding)
      let version = sibling && (yield* this.#versions.find(root, sibling))
      if (coding === 'zstd' && version && !('kind' in version) && version.needsLargeWindow) {
        // RFC 9659: browsers would fail. It is left out.
        if (identity === undefined && siblings.size === 1) unavailable = MISSING
        if (!compressible.includes(coding)) continue
        sibling = undefined
        version = undefined
      }
      version ??= original ?? (yield* this.#versions.find(root, identity!))
      if ('kind' in version) {
        if (sibling === undefined) return version
        // A precompressed file that cannot be read is left out: there is the file itself.
        unavailable = version
        continue
      }
      if (sibling === undefined) original = version
      const isFile = sibling !== undefined || coding === 'identity'
      if (isFile)
        representations.push({
          ...representFile(version, coding),
          body: this.#bodyOf(root, version),
        })
      else if (!this.#isUseless(version, coding) || !isIdentityAcceptable)
        representations.push(this.#compressed(version, coding))
    }
    if (representations.length === 0 && unavailable !== undefined) return unavailable
    // The bytes are in the cache, which may evict them; a response that lasts must not hold them.
    const uncoded = original && { ...original, bytes: undefined }
    const isSmall =
      uncoded !== undefined && uncoded.file.status.size <= COMPRESSED_AT_ONCE_BYTES_MAX
    return new StoredAsset(
      { name, mediaType },
      isNegotiable,
      representations,
      (coding, urgency) => this.#compress(root, uncoded!, coding, urgency),
      isSmall && !uncoded.isRecent,
    )
  }

  /** Returns the bytes of a file that is small enough to be kept, or undefined. */
  *contentOf(root: SiteRoot, file: FoundFile): FileOperation<Uint8Array | undefined> {
    const version = yield* this.#versions.find(root, file)
    return 'kind' in version ? undefined : version.bytes
  }

  /** Returns what the validators of a file are made of, or undefined if it cannot be read. */
  *versionOf(root: SiteRoot, file: FoundFile): FileOperation<FileValidators | undefined> {
    const version = yield* this.#versions.find(root, file)
    if ('kind' in version) return undefined
    const { digest, isWeak } = version
    return { digest, isWeak, lastModifiedMs: lastModifiedMsOf(version.file.status) }
  }

  /** Whether an open file still has the content with this digest, although its ctime changed. */
  hasContent(root: SiteRoot, fd: number, status: FileStatus, digest: string): Promise<boolean> {
    return this.#versions.hasContent(root, fd, status, digest)
  }

  #compressibleCodings(mediaType: string, size: number): readonly Coding[] {
    const max = Math.min(COMPRESSED_BYTES_MAX, this.#config.memoryBytesMax / SHARE_OF_MEMORY)
    const isWorthwhile = size >= COMPRESSED_BYTES_MIN && size <= max && isCompressible(mediaType)
    return isWorthwhile ? this.compressions.codings : []
  }

  #bodyOf(root: SiteRoot, version: FoundVersion): CachedBody | undefined {
    if (version.isRecent) return undefined
    const { key, digest, file } = version
    const isKept = file.status.size <= this.#config.memoryFileBytesMax
    const { size } = file.status
    return new CachedBody(this.#cache, key, digest, size, isKept, { root, found: file })
  }

  /** Whether a version was compressed, and became no smaller: the entry is empty. */
  #isUseless(version: FoundVersion, coding: Coding): boolean {
    return this.#cache.get(codedKey(version, coding))?.bytes.length === 0
  }

  /** The representation that compressing a version gives, without size until that is done. */
  #compressed(version: FoundVersion, coding: Coding): StoredRepresentation {
    const key = codedKey(version, coding)
    const cached = version.isWeak ? undefined : this.#cache.get(key)
    const bytes = cached?.bytes.length ? cached.bytes : undefined
    return {
      ...representFile(version, coding),
      isMade: true,
      size: bytes?.length,
      source: bytes && { kind: 'memory', bytes },
      body: bytes && this.#codedBody(version, key, bytes),
    }
  }

  #codedBody(version: FoundVersion, key: string, bytes: Uint8Array): CachedBody | undefined {
    return version.isRecent ? undefined : new CachedBody(this.#cache, key, '', bytes.length, true)
  }

  async #compress(
    root: SiteRoot,
    version: FoundVersion,
    coding: Coding,
    urgency: Urgency,
  ): Promise<CodedBytes | undefined> {
    const key = codedKey(version, coding)
    const { segments, status } = version.file
    const cached = this.#cache.get(key)
    const isRequired = urgency === 'required'
    if (cached?.bytes.length)
      return { bytes: cached.bytes, body: this.#codedBody(version, key, cached.bytes) }
    if (!isRequired && (version.isRecent || cached !== undefined)) return undefined
    const read = async (): Promise<Uint8Array | undefined> => {
      const known = this.#cache.get(version.key)
      if (known?.digest === version.digest && known.bytes.length === status.size) return known.bytes
      const found = await root.run(
        readVersion(root, segments, (fd, { size }) => readWhole(fd, size)),
      )
      const isSame = found.kind === 'read' && found.isSettled && isSameVersion(found.status, status)
      return isSame ? found.value : undefined
    }
    const isQuick = urgency === 'optional'
    const bytes = await this.compressions.compress(key, coding, read, isQuick)
    if (bytes === undefined) return undefined
    const isSmaller = bytes.length < status.size
    if (!version.isRecent)
      this.#cache.set(key, new CachedBytes('', isSmaller ? bytes : NOTHING, 0n))
    if (!isSmaller) return isRequired ? { bytes } : undefined
    return { bytes, body: this.#codedBody(version, key, bytes) }
  }
}

/** An `.svgz` file is SVG in gzip, and of use only to clients that know that (SVG 1.1, §1.2). */
function asGzip({ identity, ...found }: FoundAsset): FoundAsset {
  return { ...found, identity: undefined, siblings: new Map(identity && [['gzip', identity]]) }
}

function codedKey({ key, digest }: FoundVersion, coding: Coding): string {
  return `${key} ${digest} ${coding}`
}

/**
 * How a representation is needed: for later responses, for this response if that can be soon, or
 * for this response, which can have no other.
 */
export type Urgency = 'later' | 'optional' | 'required'

/** A compressed representation; `body` is the same for a cached response. */
export type CodedBytes = {
  readonly bytes: Uint8Array
  readonly body?: CachedBody | undefined
}

type Compress = (coding: Coding, urgency: Urgency) => Promise<CodedBytes | undefined>

/** Where the bytes of a representation are. */
export type ByteSource =
  /** `file` has the same bytes, undefined if no file has them. */
  { readonly kind: 'memory'; readonly bytes: Uint8Array; readonly file?: FileSource } | FileSource

/** A file, as long as it has this version. */
type FileSource = {
  readonly kind: 'disk'
  readonly segments: readonly string[]
  readonly status: FileStatus
  readonly digest: string
  /** Whether it was changed so recently that it may still be written. */
  readonly mayGrow: boolean
}

/** A representation; without a source, it is not compressed yet. */
export type StoredRepresentation = Representation & {
  readonly source: ByteSource | undefined
  /** The same for a cached response, undefined if it is not to be cached. */
  readonly body?: CachedBody | undefined
}

/** A file with its representations, as they were when it was described. */
export class StoredAsset {
  readonly kind = 'stored'
  readonly #file: Pick<Asset, 'name' | 'mediaType'>
  /** Whether another Accept-Encoding could select another representation. */
  readonly isNegotiable: boolean
  #representations: readonly StoredRepresentation[]
  readonly #compress: Compress
  #compressesAtOnce: boolean

  constructor(
    file: Pick<Asset, 'name' | 'mediaType'>,
    isNegotiable: boolean,
    representations: readonly StoredRepresentation[],
    compress: Compress,
    compressesAtOnce: boolean = false,
  ) {
    this.#file = file
    this.isNegotiable = isNegotiable
    this.#representations = representations
    this.#compress = compress
    this.#compressesAtOnce = compressesAtOnce
  }

  /** The asset to plan with. */
  asset(cacheControl: string): Asset {
    return {
      ...this.#file,
      representations: this.#representations,
      isNegotiable: this.isNegotiable,
      compressesAtOnce: this.#compressesAtOnce,
      cacheControl,
    }
  }

  sourceOf(coding: Coding | 'identity'): ByteSource {
    return this.#representationOf(coding).source!
  }

  /** The body for a cached response, undefined if the representation is not to be cached. */
  bodyOf(coding: Coding | 'identity'): CachedBody | undefined {
    return this.#representationOf(coding).body
  }

  #representationOf(coding: Coding | 'identity'): StoredRepresentation {
    return this.#representations.find(one => one.coding === coding)!
  }

  /** Forgets the bytes in memory of a representation that a file has too, and of all others. */
  releaseBytes(coding: Coding | 'identity'): void {
    const source = this.sourceOf(coding)
    if (source.kind === 'disk' || source.file === undefined) return
    this.#representations = this.#representations.map((one): StoredRepresentation => {
      if (one.source?.kind !== 'memory') return one
      const { file } = one.source
      return { ...one, size: file && one.size, source: file }
    })
  }

  /** Compresses a representation for later requests. Never rejects: a later request tries again. */
  async compressInBackground(coding: Coding): Promise<void> {
    await this.#compress(coding, 'later').catch(() => {})
  }

  /**
   * Compresses a representation for this response. Returns false if the file has changed, or the
   * queue is full; unless it `isRequired`, also if that fails, or makes it no smaller.
   */
  async compressNow(coding: Coding, isRequired: boolean): Promise<boolean> {
    const compressing = this.#compress(coding, isRequired ? 'required' : 'optional')
    const coded = await (isRequired ? compressing : compressing.catch(() => undefined))
    if (coded === undefined) return false
    const { bytes, body } = coded
    this.#representations = this.#representations.map(
      (one): StoredRepresentation =>
        one.coding === coding
          ? { ...one, size: bytes.length, source: { kind: 'memory', bytes }, body }
          : one,
    )
    return true
  }

  /** Stops waiting for compressions. Returns false if no response waits for one anyway. */
  stopWaiting(): boolean {
    const didWait = this.#compressesAtOnce
    this.#compressesAtOnce = false
    return didWait
  }

  /** Drops a representation that cannot be read. Returns false if it was the last. */
  dropRepresentation(coding: Coding): boolean {
    this.#representations = this.#representations.filter(one => one.coding !== coding)
    return this.#representations.length > 0
  }
}

/** The representation that a file is: itself, or a precompressed sibling. */
export function representFile(
  { file, digest, isWeak, bytes }: FoundVersion,
  coding: Coding | 'identity',
): StoredRepresentation {
  const { segments, status } = file
  const onDisk = { kind: 'disk', segments, status, digest, mayGrow: isWeak } as const
  return {
    coding,
    etag: entityTag(digest, coding, isWeak),
    lastModifiedMs: lastModifiedMsOf(status),
    size: status.size,
    source: bytes ? { kind: 'memory', bytes, file: onDisk } : onDisk,
  }
}
