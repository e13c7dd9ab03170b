import { setImmediate as nextTurn } from 'node:timers/promises'
import { acceptableCodings, type Coding } from '../../response/content-coding.ts'
import { type ListingForm, renderListing } from '../../response/directory-listing.ts'
import { entityTag } from '../../response/validators.ts'
import type { Config } from '../config/config.ts'
import type { Clock } from '../connection/clock.ts'
import { StoredAsset, type StoredRepresentation } from './asset-store.ts'
import { BoundedTable, type TableEntry } from './bounded-table.ts'
import type { CompressionQueue } from './compression-queue.ts'
import { Digest } from './digest.ts'
import { type FileOperation, wait } from './file-access.ts'
import { type Listed, listFolder } from './list-folder.ts'
import { listingBytesMax } from './memory-shares.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'
import { WorkQueue } from './work-queue.ts'

/** Listings that are made at the same time. A long one takes 0.2 s of CPU. */
const MADE_AT_ONCE = 2
/** Listings that may wait to be made. */
const WAITING_MAX = 64
/** A smaller listing is not compressed. */
const COMPRESSED_BYTES_MIN = 1024
/** An estimate of what an entry and its name take in memory. */
const ENTRY_BYTES = 200

/** Of the memory for listings: for entries, for rendered listings, and for compressed ones. */
const SHARES = { folders: 3 / 8, pages: 4 / 8, coded: 1 / 8 }

/** A rendered listing. */
type Page = {
  readonly kind: 'page'
  readonly bytes: Uint8Array
  readonly digest: string
  /** That of the listed folder. */
  readonly revision: symbol
}

class Kept<Value> implements TableEntry {
  isUsed = false
  readonly value: Value
  readonly memoryBytes: number

  constructor(value: Value, memoryBytes: number) {
    this.value = value
    this.memoryBytes = memoryBytes
  }
}

/**
 * Listings in memory. Within `revalidateMs` of looking at a folder, its listings are sent as they
 * are. After that all its entries are looked at again, but only what changed is rendered again.
 */
export class ListingStore {
  readonly #revalidateMs: number
  readonly #clock: Clock
  readonly #compressions: CompressionQueue
  readonly #queue = new WorkQueue<Page | Unavailable>(MADE_AT_ONCE, WAITING_MAX)
  /** By root and path. */
  readonly #folders: BoundedTable<Kept<{ readonly listed: Listed; readonly atMs: number }>>
  /** By root, path and form. */
  readonly #pages: BoundedTable<Kept<Page>>
  /** By digest and coding. */
  readonly #coded: BoundedTable<Kept<Uint8Array>>

  constructor(config: Config, clock: Clock, compressions: CompressionQueue) {
    this.#revalidateMs = config.revalidateMs
    this.#clock = clock
    this.#compressions = compressions
    const bytesMax = listingBytesMax(config)
    this.#folders = new BoundedTable(() => bytesMax * SHARES.folders)
    this.#pages = new BoundedTable(() => bytesMax * SHARES.pages)
    this.#coded = new BoundedTable(() => bytesMax * SHARES.coded)
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#folders.bytes + this.#pages.bytes + this.#coded.bytes
  }

  /** Describes a listing, compressed if this Accept-Encoding prefers that. */
  *describe(
    root: SiteRoot,
    segments: readonly string[],
    form: ListingForm,
    acceptEncoding: string | undefined,
  ): FileOperation<StoredAsset | Unavailable> {
    const page = yield* this.#find(root, segments, form)
    if (page.kind !== 'page') return page
    const isLong = page.bytes.length >= COMPRESSED_BYTES_MIN
    const codings = isLong ? this.#compressions.codings : []
    const stored = new StoredAsset(
      { name: form.type === 'text/html' ? 'listing.html' : 'listing.json' },
      codings.length > 0,
      [...codings, 'identity' as const].map(coding => this.#represent(page, coding)),
      async coding => {
        const bytes = await this.#compress(page, coding)
        return bytes && { bytes }
      },
    )
    const [best] = acceptableCodings(acceptEncoding, [...codings, 'identity'])
    if (best !== undefined && best !== 'identity') yield* wait(stored.compressNow(best, true))
    return stored
  }

  *#find(
    root: SiteRoot,
    segments: readonly string[],
    form: ListingForm,
  ): FileOperation<Page | Unavailable> {
    const folderKey = `${root.scope}\0${segments.join('/')}`
    const { type, sort } = form
    const key = `${type} ${sort.key} ${sort.isDescending} ${folderKey}`
    const listed = this.#freshFolder(folderKey)
    const page = this.#pages.get(key)?.value
    if (listed !== undefined && page?.revision === listed.revision) return page
    const made = this.#queue.run(key, async () => {
      const current = this.#freshFolder(folderKey) ?? (await this.#list(root, segments, folderKey))
      if (current.kind !== 'listed') return current
      const known = this.#pages.get(key)?.value
      if (known?.revision === current.revision) return known
      const path = ['', ...segments, ''].join('/')
      const rendered = await renderPage(path, current, form)
      this.#pages.set(key, new Kept(rendered, rendered.bytes.length))
      return rendered
    })
    return (yield* wait(made)) ?? { kind: 'busy' }
  }

  /** Returns what was listed, unless that has to be looked at again. */
  #freshFolder(key: string): Listed | undefined {
    const folder = this.#folders.get(key)?.value
    if (folder === undefined) return undefined
    const ageMs = this.#clock.monotonicMs() - folder.atMs
    return ageMs < this.#revalidateMs ? folder.listed : undefined
  }

  async #list(
    root: SiteRoot,
    segments: readonly string[],
    key: string,
  ): Promise<Listed | Unavailable> {
    const earlier = this.#folders.get(key)?.value.listed
    const atMs = root.lookedAtMs
    const listed = await listFolder(root, segments, this.#clock.wallMs(), earlier)
    if (listed.kind === 'listed')
      this.#folders.set(key, new Kept({ listed, atMs }, listed.names.length * ENTRY_BYTES))
    else this.#folders.delete(key)
    return listed
  }

  async #compress({ bytes, digest }: Page, coding: Coding): Promise<Uint8Array | undefined> {
    const key = codedKey(digest, coding)
    const known = this.#coded.get(key)?.value
    if (known !== undefined) return known
    const coded = await this.#compressions.compress(key, coding, async () => bytes)
    if (coded !== undefined) this.#coded.set(key, new Kept(coded, coded.length))
    return coded
  }

  #represent({ bytes, digest }: Page, coding: Coding | 'identity'): StoredRepresentation {
    const content = coding === 'identity' ? bytes : this.#coded.get(codedKey(digest, coding))?.value
    return {
      coding,
      etag: entityTag(digest, coding, false),
      lastModifiedMs: undefined,
      isMade: coding !== 'identity',
      size: content?.length,
      source: content && { kind: 'memory', bytes: content },
    }
  }
}

/** The compression queue has keys of files too; those begin with a version. */
function codedKey(digest: string, coding: Coding): string {
  return `listing ${digest} ${coding}`
}

/** Renders a listing, some entries in each turn of the event loop. */
async function renderPage(
  path: string,
  { entries, isCapped, revision }: Listed,
  form: ListingForm,
): Promise<Page> {
  const digest = new Digest()
  const pieces: Uint8Array[] = []
  for (const text of renderListing({ path, entries, isCapped }, form)) {
    const piece = Buffer.from(text)
    digest.update(piece)
    pieces.push(piece)
    await nextTurn()
  }
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return { kind: 'page', bytes, digest: digest.end(), revision }
}
