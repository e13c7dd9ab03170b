import type { TableEntry } from './bounded-table.ts'
import type { FileStatus } from './file-system.ts'
import { isSameVersion } from './file-version.ts'
import { MISSING, type Unavailable } from './unavailable.ts'

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

  /** Whether it found the version with this status. */
  isOf(status: FileStatus): boolean {
    return 'status' in this.result && isSameVersion(this.result.status, status)
  }

  isSame({ result }: Look): boolean {
    return 'status' in result && this.isOf(result.status)
  }

  get memoryBytes(): number {
    return LOOK_BYTES + (this.names?.size ?? 0) * NAME_BYTES
  }

  /** Counts a question for a name. Returns true once, when it is time to read all names. */
  countQuestion(): boolean {
    return this.names === undefined && ++this.#asked === ASKED_MIN
  }
}

/** Returns the look at something below the root. */
export function lookOf(status: FileStatus, realPath: string, atMs: number): Look {
  const { kind } = status
  return kind === 'file' || kind === 'folder'
    ? new Look({ kind, status }, realPath, atMs)
    : new Look(MISSING, '', atMs)
}

/** A folder outside the root is missing, but a path may lead through it and back into the root. */
export function lookOutside({ kind }: FileStatus, realPath: string, atMs: number): Look {
  return new Look(MISSING, kind === 'folder' ? realPath : '', atMs)
}
