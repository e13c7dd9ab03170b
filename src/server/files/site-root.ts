import type { Config } from '../config/config.ts'
import type { Clock } from '../connection/clock.ts'
import { BoundedTable } from './bounded-table.ts'
import { Digest } from './digest.ts'
import { call, DIRECT_READ_BYTES_MAX, type FileAccess, type FileOperation } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { isRecent, isSameVersion } from './file-version.ts'
import { type FoundFile, Look, lookOf, lookOutside, type StatResult } from './look.ts'
import { isBelow, isHidden, pathBelow } from './path-below.ts'
import { readPart } from './read-part.ts'
import { MISSING, type Unavailable, unavailableFor } from './unavailable.ts'

/** What a path below a root leads to, opened. */
export type Opened =
  /** A regular file; the caller closes the descriptor. */
  | { readonly kind: 'file'; readonly fd: number; readonly status: FileStatus }
  | OpenedFolder
  | Unavailable

/** A folder, and its real path; the caller closes the descriptor. */
export type OpenedFolder = { readonly kind: 'folder'; readonly fd: number; readonly path: string }

/** Which links are followed, how long looks are reused, and how much memory they may take. */
export type RootPolicy = Pick<
  Config,
  'symlinks' | 'revalidateMs' | 'memoryBytesMax' | 'privateFiles'
>

/** The looks of a root may take this part of the memory. */
const SHARE_OF_MEMORY = 4
/** As many as one request needs. */
const LOOKS_BYTES_MIN = 64 * 1024
/** After this part of `revalidateMs` looks may be renewed. */
const RENEW_AFTER = 0.8
/** The names of a larger folder are not read. */
const NAMES_MAX = 32_768

/**
 * A folder that is served, and the only way to the files in it. What a path leads to is remembered:
 * within `revalidateMs` the system is not asked again.
 */
export class SiteRoot {
  readonly access: FileAccess
  /** Absolute. */
  readonly path: string
  /** Names the root and its policy on links: what is cached for one such scope is for no other. */
  readonly scope: string
  readonly #policy: RootPolicy
  readonly #clock: Clock
  /** By path, segments joined by slashes. */
  readonly #looks: BoundedTable<Look>
  /** Real paths in lower case, for file systems that ignore the case. */
  readonly #privateFiles: ReadonlySet<string>
  /** When looks began that are still fresh. They expire together: each relies on its folder's. */
  #sinceMs = Number.NEGATIVE_INFINITY

  private constructor(path: string, policy: RootPolicy, access: FileAccess, clock: Clock) {
    this.path = path
    this.scope = Digest.of(`${policy.symlinks} ${path}`)
    this.#policy = policy
    this.access = access
    this.#clock = clock
    this.#privateFiles = new Set(policy.privateFiles.map(file => file.toLowerCase()))
    this.#looks = new BoundedTable(() =>
      Math.max(policy.memoryBytesMax / SHARE_OF_MEMORY, LOOKS_BYTES_MIN),
    )
  }

  /** `path` is absolute. Rejects if it is not a folder. */
  static async of(
    path: string,
    policy: RootPolicy,
    access: FileAccess,
    clock: Clock,
  ): Promise<SiteRoot> {
    const status = await access.run(call('stat', path))
    if (status.kind !== 'folder')
      throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' })
    return new SiteRoot(path, policy, access, clock)
  }

  run<T>(operation: FileOperation<T>): T | Promise<T> {
    return this.access.run(operation)
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#looks.bytes
  }

  /** Since when, in monotonic milliseconds, a change may be unknown to an operation that begins. */
  get lookedAtMs(): number {
    return this.#areFresh ? this.#sinceMs : this.#clock.monotonicMs()
  }

  /** Lets looks expire before their time if it is nearly over, so that new ones can be made. */
  renew(): void {
    const ageMs = this.#clock.monotonicMs() - this.#sinceMs
    if (ageMs >= this.#policy.revalidateMs * RENEW_AFTER) this.#sinceMs = Number.NEGATIVE_INFINITY
  }

  get #areFresh(): boolean {
    const ageMs = this.#clock.monotonicMs() - this.#sinceMs
    // Looks of the same turn of the event loop are reused even if none is to be remembered.
    return ageMs < this.#policy.revalidateMs || ageMs === 0
  }

  /** Finds what the segments of a canonical path lead to, without opening it. */
  *stat(segments: readonly string[]): FileOperation<StatResult> {
    return (yield* this.#look(segments)).result
  }

  /**
   * The same for a name that no client asked for: a sibling, or the page of a clean URL. If the
   * names in its folder were read, most of these need no call.
   */
  *statDerived(segments: readonly string[]): FileOperation<StatResult> {
    const folder = yield* this.#look(segments.slice(0, -1))
    if (!folder.isPassable) return absentBelow(folder.result)
    if (folder.countQuestion()) void this.#readNames(segments.slice(0, -1), folder)
    if (folder.names?.has(segments.at(-1)!) === false) return MISSING
    return (yield* this.#look(segments)).result
  }

  /** The names in the folder of a path, if they were read. */
  namesBeside(segments: readonly string[]): ReadonlySet<string> | undefined {
    return this.#fresh(segments.slice(0, -1).join('/'))?.names
  }

  /**
   * Opens what the segments of a canonical path lead to. The descriptor is checked, not the name:
   * it must be of a regular file or a folder whose real path lies below the real root, whatever
   * links led to it. Of a version that was opened and checked before, that is known.
   */
  *open(segments: readonly string[]): FileOperation<Opened> {
    const opened = yield* this.#open(segments)
    if (opened.kind !== 'missing') return opened
    // A file that is replaced while it is opened has lost its name to its successor: open that.
    this.forget(segments)
    return yield* this.#open(segments)
  }

  /** The same for a file: a folder counts as missing. */
  *openFile(segments: readonly string[]): FileOperation<Exclude<Opened, OpenedFolder>> {
    const opened = yield* this.open(segments)
    if (opened.kind !== 'folder') return opened
    yield* call('close', opened.fd)
    return MISSING
  }

  /**
   * Reads a version of a file that was opened before into a buffer, at once. Returns false if calls
   * are not made directly at the moment, the buffer is large, or the file is another by now.
   */
  readDirectly({ segments, status }: FoundFile, into: Uint8Array, position: number): boolean {
    if (into.length > DIRECT_READ_BYTES_MAX) return false
    const look = this.#looks.get(segments.join('/'))
    if (!look?.isOpened || !look.isOf(status)) return false
    const path = pathBelow(this.path, segments)
    return (
      this.access.tryDirectly(direct => readPart(direct, path, status, into, position)) === true
    )
  }

  /**
   * Looks again at a file, at once, if that is all there is to look at: the names in its folder are
   * known, and none of `absent` is among them. If the file `isRead` next, even that is left out.
   *
   * @returns since when the file is known to be the same, in monotonic milliseconds; undefined if
   *   more has to be looked at
   */
  lookAgain(
    { segments, status }: FoundFile,
    absent: readonly string[],
    isRead: boolean,
  ): number | undefined {
    const folder = this.#fresh(segments.slice(0, -1).join('/'))
    const look = this.#looks.get(segments.join('/'))
    const names = folder?.names
    if (names === undefined || look === undefined || !look.isOf(status)) return undefined
    for (const name of absent) if (names.has(name)) return undefined
    if (look.atMs !== folder!.atMs && !isRead) {
      const path = pathBelow(this.path, segments)
      const now = this.access.tryDirectly(direct => direct.lstat(path))
      if (now?.kind !== 'file' || !isSameVersion(now, status)) return undefined
      look.atMs = folder!.atMs
    }
    return folder!.atMs
  }

  /**
   * Whether a path leads to nothing, found at once: its folder is known, no name of `derived` is in
   * it, and there is no file of its own name.
   *
   * @returns false if it may lead to something
   */
  isAbsent(segments: readonly string[], derived: readonly string[]): boolean {
    const folder = this.#fresh(segments.slice(0, -1).join('/'))
    if (folder === undefined || this.#looks.get(segments.join('/')) !== undefined) return false
    if (!folder.isPassable) return folder.result.kind === 'missing'
    const { names } = folder
    if (names === undefined) return false
    for (const name of derived) if (names.has(name)) return false
    const path = pathBelow(this.path, segments)
    return this.access.tryDirectly(direct => direct.lstat(path) === undefined) === true
  }

  /** How many of the segments lead to the deepest folder on their way that exists. */
  *depthOf(segments: readonly string[]): FileOperation<number> {
    let folder = yield* this.#look([])
    let depth = 0
    for (; depth < segments.length; depth++) {
      folder = yield* this.#lookAt(segments, depth + 1, folder)
      if (!folder.isPassable) break
    }
    return depth
  }

  /**
   * How many of the segments lead to the deepest folder that has a file of this name, found at
   * once: the names in each folder are known.
   *
   * @returns -1 if no folder has one, undefined if more has to be looked at
   */
  depthOfNearest(segments: readonly string[], name: string): number | undefined {
    for (let depth = segments.length; depth >= 0; depth--) {
      const key = segments.slice(0, depth).join('/')
      const folder = this.#fresh(key)
      if (folder === undefined) return undefined
      if (!folder.isPassable) continue
      if (folder.names === undefined) return undefined
      if (!folder.names.has(name)) continue
      const file = this.#fresh(key === '' ? name : `${key}/${name}`)
      return file?.result.kind === 'file' ? depth : undefined
    }
    return -1
  }

  /** Lists names in a folder that `stat()` has found, `namesMax` at most. */
  *list(
    segments: readonly string[],
    namesMax: number,
  ): FileOperation<{ readonly kind: 'names'; readonly names: readonly string[] } | Unavailable> {
    try {
      const names = yield* call('list', pathBelow(this.path, segments), namesMax)
      return { kind: 'names', names }
    } catch (error) {
      return unavailableFor(error)
    }
  }

  /** Finds what names in a folder lead to. Nothing is remembered, because there may be many. */
  *statEach(
    segments: readonly string[],
    names: readonly string[],
  ): FileOperation<readonly StatResult[]> {
    const folder = yield* this.#look(segments)
    if (folder.result.kind !== 'folder') return names.map(() => MISSING)
    const results: StatResult[] = []
    for (const name of names)
      results.push((yield* this.#lookNow([...segments, name], folder)).result)
    return results
  }

  /** Forgets what a path and its folders led to: this process has changed it. */
  forget(segments: readonly string[]): void {
    for (let length = segments.length; length >= 0; length--)
      this.#looks.delete(segments.slice(0, length).join('/'))
  }

  /** Returns what is remembered of a path, unless that has to be looked at again. */
  #fresh(key: string): Look | undefined {
    const look = this.#looks.get(key)
    return look?.atMs === this.#sinceMs && this.#areFresh ? look : undefined
  }

  /** Looks at a path, from the root down as far as it exists. */
  *#look(segments: readonly string[]): FileOperation<Look> {
    const known = this.#fresh(segments.join('/'))
    if (known !== undefined) return known
    if (!this.#areFresh) this.#sinceMs = this.#clock.monotonicMs()
    let look = yield* this.#lookAt(segments, 0, undefined)
    for (let depth = 1; depth <= segments.length; depth++) {
      if (!look.isPassable) return new Look(absentBelow(look.result), '', look.atMs)
      look = yield* this.#lookAt(segments, depth, look)
    }
    return look
  }

  /** Looks at the first segments of a path. `folder` is what the segments but the last led to. */
  *#lookAt(path: readonly string[], depth: number, folder: Look | undefined): FileOperation<Look> {
    const segments = path.slice(0, depth)
    const key = segments.join('/')
    const fresh = this.#fresh(key)
    if (fresh !== undefined) return fresh
    const known = this.#looks.get(key)
    const look = yield* this.#lookNow(segments, folder)
    if (known?.isSame(look)) {
      look.isOpened = known.isOpened && known.realPath === look.realPath
      look.names = known.names
    }
    // A name that a folder with known names lacks need not be remembered, nor a passing shortage.
    const { kind } = look.result
    const isRuledOut = kind === 'missing' && depth === path.length && folder?.names !== undefined
    if (kind === 'busy' || isRuledOut) this.#looks.delete(key)
    else this.#looks.set(key, look)
    return look
  }

  *#lookNow(segments: readonly string[], folder: Look | undefined): FileOperation<Look> {
    const nowMs = folder?.atMs ?? this.#sinceMs
    try {
      const path = pathBelow(this.path, segments)
      if (folder === undefined) return yield* this.#lookThroughLink(segments, path, nowMs)
      const status = yield* call('lstat', path)
      if (status === undefined) return new Look(MISSING, '', nowMs)
      if (status.kind === 'link') return yield* this.#lookThroughLink(segments, path, nowMs)
      const realPath = pathBelow(folder.realPath, segments.slice(-1))
      const isInside =
        folder.result.kind === 'folder' || (yield* this.#contains(segments, realPath))
      return isInside ? this.#found(status, realPath, nowMs) : lookOutside(status, realPath, nowMs)
    } catch (error) {
      return new Look(unavailableFor(error), '', nowMs)
    }
  }

  /** Looks through a link, and at the root, which may be one. */
  *#lookThroughLink(segments: readonly string[], path: string, nowMs: number): FileOperation<Look> {
    const isLink = segments.length > 0
    if (isLink && this.#policy.symlinks === 'never') return new Look(MISSING, '', nowMs)
    const realPath = yield* call('realpath', path)
    const isInside = !isLink || (yield* this.#contains(segments, realPath))
    try {
      const status = yield* call('stat', this.#isBounded ? realPath : path)
      return isInside ? this.#found(status, realPath, nowMs) : lookOutside(status, realPath, nowMs)
    } catch (error) {
      if (isInside) throw error
      return new Look(MISSING, '', nowMs)
    }
  }

  #found(status: FileStatus, realPath: string, atMs: number): Look {
    return this.#isPrivate(realPath) ? new Look(MISSING, '', atMs) : lookOf(status, realPath, atMs)
  }

  #isPrivate(realPath: string): boolean {
    return this.#privateFiles.size > 0 && this.#privateFiles.has(realPath.toLowerCase())
  }

  *#open(segments: readonly string[]): FileOperation<Opened> {
    const look = yield* this.#look(segments)
    if (look.result.kind !== 'file' && look.result.kind !== 'folder') return look.result
    const path = pathBelow(this.path, segments)
    try {
      const fd = yield* call('open', path)
      let opened: Opened | undefined
      try {
        opened = yield* this.#examine(fd, path, segments, look)
        return opened
      } finally {
        if (opened?.kind !== 'file' && opened?.kind !== 'folder') yield* call('close', fd)
      }
    } catch (error) {
      return unavailableFor(error)
    }
  }

  *#examine(
    fd: number,
    path: string,
    segments: readonly string[],
    look: Look,
  ): FileOperation<Opened> {
    const status = yield* call('fstat', fd)
    if (status.kind !== 'file' && status.kind !== 'folder') return MISSING
    const isFile = status.kind === 'file'
    const { result } = look
    if (isFile && look.isOpened && result.kind === 'file' && isSameVersion(result.status, status))
      return { kind: 'file', fd, status }
    if (isFile && !this.#isBounded) return this.#opened(fd, status, segments, path, look.atMs)
    const realPath = yield* call('realpathOf', fd, path)
    if (this.#isPrivate(realPath)) return MISSING
    if (this.#isBounded && !(yield* this.#contains(segments, realPath))) return MISSING
    return isFile
      ? this.#opened(fd, status, segments, realPath, look.atMs)
      : { kind: 'folder', fd, path: realPath }
  }

  /** Remembers a file that was opened, and lies below the root. */
  #opened(
    fd: number,
    status: FileStatus,
    segments: readonly string[],
    realPath: string,
    atMs: number,
  ): Opened {
    const look = new Look({ kind: 'file', status }, realPath, atMs)
    look.isOpened = true
    this.#looks.set(segments.join('/'), look)
    return { kind: 'file', fd, status }
  }

  get #isBounded(): boolean {
    return this.#policy.symlinks !== 'anywhere'
  }

  /** Whether a real path lies below the root. The root may be a link that was swapped meanwhile. */
  *#contains(segments: readonly string[], realPath: string): FileOperation<boolean> {
    if (!this.#isBounded) return true
    const isContained = (root: string): boolean =>
      this.#policy.symlinks === 'never'
        ? realPath === pathBelow(root, segments)
        : isBelow(realPath, root) && !segments.some(isHidden)
    if (isContained((yield* this.#look([])).realPath)) return true
    this.#looks.delete('')
    return isContained((yield* this.#look([])).realPath)
  }

  /** Reads the names in a folder behind the requests. Never rejects: it may be tried again. */
  async #readNames(segments: readonly string[], folder: Look): Promise<void> {
    const { result } = folder
    // A folder that was just changed may change again with the same times.
    if (result.kind !== 'folder' || isRecent(result.status, this.#clock.wallMs())) return
    const path = pathBelow(this.path, segments)
    const readUnchanged = function* (): FileOperation<readonly string[] | undefined> {
      const names = yield* call('list', path, NAMES_MAX + 1)
      return isSameVersion(yield* call('stat', path), result.status) ? names : undefined
    }
    const names = await Promise.resolve(this.run(readUnchanged())).catch(() => undefined)
    if (names === undefined || names.length > NAMES_MAX) return
    const key = segments.join('/')
    const current = this.#looks.get(key)
    if (current === undefined || !current.isSame(folder)) return
    this.#looks.delete(key)
    current.names = new Set(names)
    this.#looks.set(key, current)
  }
}

/** What there is below something that is no folder. */
function absentBelow(result: StatResult): Unavailable {
  return 'status' in result ? MISSING : result
}
