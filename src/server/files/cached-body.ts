import type { BodySource } from '../response-cache/cache-entry.ts'
import type { BoundedTable } from './bounded-table.ts'
import { CachedBytes } from './cached-bytes.ts'
import type { FoundFile } from './look.ts'
import type { SiteRoot } from './site-root.ts'

/** While memory is full, a file must be read this often to take the place of another. */
const READS_MIN = 8

/** A version of a file, or of its compressed form, as the body of a cached response. */
export class CachedBody implements BodySource {
  readonly length: number
  readonly #cache: BoundedTable<CachedBytes>
  readonly #key: string
  readonly #digest: string
  /** Undefined for bytes that are in no file. */
  readonly #file: { readonly root: SiteRoot; readonly found: FoundFile } | undefined
  readonly #isKept: boolean
  #reads = 0

  constructor(
    cache: BoundedTable<CachedBytes>,
    key: string,
    digest: string,
    length: number,
    isKept: boolean,
    file?: { readonly root: SiteRoot; readonly found: FoundFile },
  ) {
    this.#cache = cache
    this.#key = key
    this.#digest = digest
    this.length = length
    this.#isKept = isKept
    this.#file = file
  }

  inMemory(): Uint8Array | undefined {
    const cached = this.#isKept ? this.#cache.get(this.#key) : undefined
    if (cached === undefined || cached.bytes.length !== this.length) return undefined
    return cached.digest === this.#digest ? cached.bytes : undefined
  }

  readInto(buffer: Uint8Array, position: number): boolean {
    if (this.#file === undefined) return false
    const { root, found } = this.#file
    if (!root.readDirectly(found, buffer, position)) return false
    if (this.#isKept && buffer.length === this.length) this.#keep(buffer, found.status.ctimeNs)
    return true
  }

  #keep(buffer: Uint8Array, ctimeNs: bigint): void {
    if (++this.#reads < READS_MIN && !this.#cache.hasRoomFor(buffer.length)) return
    this.#reads = 0
    const bytes: Uint8Array = Uint8Array.prototype.slice.call(buffer)
    this.#cache.set(this.#key, new CachedBytes(this.#digest, bytes, ctimeNs))
  }
}
