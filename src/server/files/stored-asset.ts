import type { Coding } from '../../response/content-coding.ts'
import { entityTag } from '../../response/entity-tag.ts'
import type { Asset, Representation } from '../../response/static-plan.ts'
import { lastModifiedMsOf } from './file-version.ts'
import type { FoundVersion } from './version-reader.ts'

/** Where the bytes of a representation are. */
export type ByteSource =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  /** A file, as long as it has this version; a recent one may still grow. */
  | {
      readonly kind: 'disk'
      readonly segments: readonly string[]
      readonly version: string
      readonly isRecent: boolean
    }

/** A representation; without a source, it is not compressed yet. */
export type StoredRepresentation = Representation & { readonly source: ByteSource | undefined }

/** A file with its representations, as they were when it was described. */
export class StoredAsset {
  readonly kind = 'stored'
  readonly #name: string
  readonly #isNegotiable: boolean
  #representations: readonly StoredRepresentation[]
  readonly #compress: (coding: Coding, isRequired: boolean) => Promise<Uint8Array | undefined>

  constructor(
    name: string,
    isNegotiable: boolean,
    representations: readonly StoredRepresentation[],
    compress: (coding: Coding, isRequired: boolean) => Promise<Uint8Array | undefined>,
  ) {
    this.#name = name
    this.#isNegotiable = isNegotiable
    this.#representations = representations
    this.#compress = compress
  }

  /** The asset to plan with. */
  asset(cacheControl: string): Asset {
    return {
      name: this.#name,
      representations: this.#representations,
      isNegotiable: this.#isNegotiable,
      cacheControl,
    }
  }

  sourceOf(coding: Coding | 'identity'): ByteSource {
    return this.#representations.find(one => one.coding === coding)!.source!
  }

  /** Compresses a representation for later requests. Never rejects: a later request tries again. */
  async compressInBackground(coding: Coding): Promise<void> {
    await this.#compress(coding, false).catch(() => {})
  }

  /**
   * Compresses a representation for this response. Returns false if the file has changed, or the
   * queue is full.
   */
  async compressNow(coding: Coding): Promise<boolean> {
    const bytes = await this.#compress(coding, true)
    if (bytes === undefined) return false
    this.#representations = this.#representations.map(
      (one): StoredRepresentation =>
        one.coding === coding
          ? { ...one, size: bytes.length, source: { kind: 'memory', bytes } }
          : one,
    )
    return true
  }

  /** Drops a representation that cannot be read. Returns false if it was the last. */
  dropRepresentation(coding: Coding): boolean {
    this.#representations = this.#representations.filter(one => one.coding !== coding)
    return this.#representations.length > 0
  }
}

/** The representation that a file is: itself, or a precompressed sibling. */
export function representFile(
  { file, key, digest, isRecent, bytes }: FoundVersion,
  coding: Coding | 'identity',
): StoredRepresentation {
  const { segments, status } = file
  return {
    coding,
    etag: entityTag(digest, coding, isRecent),
    lastModifiedMs: lastModifiedMsOf(status),
    size: status.size,
    source: bytes ? { kind: 'memory', bytes } : { kind: 'disk', segments, version: key, isRecent },
  }
}
