import type { TableEntry } from './bounded-table.ts'
import type { FileStatus } from './file-system.ts'
import type { Unavailable } from './unavailable.ts'

/** What a path below a root names now; it may name something else a moment later. */
export type StatResult =
  | { readonly kind: 'file'; readonly status: FileStatus }
  | { readonly kind: 'folder'; readonly status: FileStatus }
  | Unavailable

/** A file by its canonical path, with its status when it was found. */
export type FoundFile = { readonly segments: readonly string[]; readonly status: FileStatus }

/** An estimate of what a look, its key and its statuses take in memory. */
const LOOK_BYTES = 400
const NAME_BYTES = 80
/** How often names in a folder are asked for before all of them are read. */
const ASKED_MIN = 8

/** What a path led to when it was looked at. */
export class Look implements TableEntry {
  isUsed = false
  readonly result: StatResult
  /** The real path of a file or folder, also of a folder outside the root; '' of nothing. */
  readonly realPath: string
  /** Monotonic milliseconds. A later look that found the same moves it. */
  atMs: number
  /** Whether a descriptor of this version of the file was found to lie below the root. */
  isOpened = false
  /** The names in a folder, once they were read. */
  names: ReadonlySet<string> | undefined
  #asked = 0

  constructor(result: StatResult, realPath: string, atMs: number) {
    this.result = result
    this.realPath = realPath
    this.atMs = atMs
  }

  /** Whether a path may lead on from here. */
  get isPassable(): boolean {
    return this.result.kind === 'folder' || (this.result.kind === 'missing' && this.realPath !== '')
  }

  get memoryBytes(): number {
    return LOOK_BYTES + (this.names?.size ?? 0) * NAME_BYTES
  }

  /** Counts a question for a name. Returns true once, when it is time to read all names. */
  countQuestion(): boolean {
    return this.names === undefined && ++this.#asked === ASKED_MIN
  }
}
