import type { TableEntry } from './bounded-table.ts'

/** An estimate of what an entry and its key take besides the bytes. */
const ENTRY_BYTES = 200

/** Bytes of a version of a file in memory, and the digest of its content. */
export class CachedBytes implements TableEntry {
  isUsed = false
  readonly digest: string
  readonly bytes: Uint8Array
  /** The ctime of the file when its content was last found to have this digest. */
  ctimeNs: bigint
  /** Whether it is Zstandard that browsers refuse. */
  needsLargeWindow = false

  constructor(digest: string, bytes: Uint8Array, ctimeNs: bigint) {
    this.digest = digest
    this.bytes = bytes
    this.ctimeNs = ctimeNs
  }

  get memoryBytes(): number {
    return ENTRY_BYTES + this.bytes.length
  }
}
