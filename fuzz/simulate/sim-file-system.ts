import { posix } from 'node:path'
import type { FileStatus, FileSystem } from '#src/server/files/file-system.js'
import type { PropertyName } from './properties.ts'
import type { SimClock } from './sim-clock.ts'
import type { Work } from './sim-content-coder.ts'

/** What a name stood for from a moment on; undefined: nothing. */
export type Version = {
  readonly fromUs: number
  readonly bytes: Uint8Array | undefined
  readonly mtimeMs: number
  /** Whether the same file was written to, so that who reads it may get some of this and some of what was before. */
  readonly isInPlace: boolean
}

type File = {
  readonly inode: bigint
  bytes: Uint8Array
  mtimeMs: number
  ctimeNs: bigint
  links: number
}
type Folder = 'folder'

const SHARE_OF_A_SHORT_READ = 3

/**
 * Files in memory, in one root and its folders, and all that they ever were. Each call happens when the world says so, and is told
 * of when the world says so.
 */
export class SimFileSystem implements FileSystem {
  readonly #clock: SimClock
  readonly #work: Work
  readonly #broke: (property: PropertyName, sentence: string) => void
  readonly #granularityMs: number
  readonly #names = new Map<string, File | Folder>()
  readonly #history = new Map<string, Version[]>()
  readonly #open = new Map<number, { readonly file: File | Folder; readonly path: string }>()
  #nextFd = 3
  #nextInode = 1n
  /** Reads that are short of what is there, by their number. */
  readonly shortReads: Set<number> = new Set()
  #reads = 0

  constructor(
    clock: SimClock,
    granularityMs: number,
    work: Work,
    broke: (property: PropertyName, sentence: string) => void,
  ) {
    this.#clock = clock
    this.#granularityMs = granularityMs
    this.#work = work
    this.#broke = broke
  }

  // What the world does.

  addFolder(path: string): void {
    this.#names.set(path, 'folder')
  }

  /** A new file under this name, in the place of what had it; as old as the milliseconds say. */
  replace(path: string, bytes: Uint8Array, ageMs = 0): void {
    const file = this.#newFile(bytes, this.#clock.wallMs() - ageMs)
    if (ageMs > 0) file.ctimeNs -= BigInt(ageMs) * 1_000_000n
    this.#name(path, file)
  }

  /** Writes to the file that is there, if one is. */
  rewrite(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const file = this.#names.get(path)
    if (typeof file !== 'object') return
    this.#write(file, change(file.bytes))
  }

  touch(path: string, mtimeMs: number): void {
    const file = this.#names.get(path)
    if (typeof file !== 'object') return
    file.mtimeMs = mtimeMs
    file.ctimeNs = this.#nowNs()
    this.#recordAll(file)
  }

  take(path: string): void {
    const file = this.#names.get(path)
    if (typeof file !== 'object') return
    file.links--
    this.#names.delete(path)
    this.#record(path, undefined, false)
  }

  bytesAt(path: string): Uint8Array | undefined {
    const file = this.#names.get(path)
    return typeof file === 'object' ? file.bytes : undefined
  }

  /** What a name stood for at some time in a span, the earliest first. */
  versions(path: string, fromUs: number, toUs: number): readonly Version[] {
    const all = this.#history.get(path) ?? []
    let first = all.length
    while (first > 0 && all[first - 1]!.fromUs > fromUs) first--
    return all.slice(Math.max(0, first - 1)).filter(version => version.fromUs <= toUs)
  }

  get openCount(): number {
    return this.#open.size
  }

  get names(): readonly string[] {
    return [...this.#names.keys()]
  }

  // What the server asks.

  open(path: string): Promise<number> {
    return this.#work('open', path, () => this.#opened(this.#entry(path), path))
  }

  create(path: string): Promise<number> {
    return this.#work('create', path, () => {
      if (this.#names.has(path)) throw systemError('EEXIST')
      this.#folderOf(path)
      const file = this.#newFile(new Uint8Array(0), this.#clock.wallMs())
      this.#name(path, file)
      return this.#opened(file, path)
    })
  }

  fstat(fd: number): Promise<FileStatus> {
    const { file, path } = this.#descriptor(fd)
    return this.#work('fstat', path, () => this.#status(file))
  }

  stat(path: string): Promise<FileStatus> {
    return this.#work('stat', path, () => this.#status(this.#entry(path)))
  }

  read(fd: number, into: Uint8Array, length: number, position: number): Promise<number> {
    const { file, path } = this.#descriptor(fd)
    const isShort = this.shortReads.has(this.#reads++)
    return this.#work('read', path, () => {
      this.#descriptor(fd)
      if (file === 'folder') throw systemError('EISDIR')
      const bytes = file.bytes.subarray(position, position + length)
      const some = isShort
        ? bytes.subarray(0, Math.ceil(bytes.length / SHARE_OF_A_SHORT_READ))
        : bytes
      into.set(some)
      return some.length
    })
  }

  write(fd: number, bytes: Uint8Array): Promise<void> {
    const { file, path } = this.#descriptor(fd)
    return this.#work('write', path, () => {
      this.#descriptor(fd)
      if (file === 'folder') throw systemError('EISDIR')
      this.#write(file, Buffer.concat([file.bytes, bytes]))
    })
  }

  fsync(fd: number): Promise<void> {
    const { path } = this.#descriptor(fd)
    return this.#work('fsync', path, () => {})
  }

  close(fd: number): Promise<void> {
    const { path } = this.#descriptor(fd)
    // As with close(2), the descriptor is gone also where it fails.
    this.#open.delete(fd)
    return this.#work('close', path, () => {})
  }

  realpathOf(fd: number, path: string): Promise<string> {
    this.#descriptor(fd)
    return this.#work('realpathOf', path, () => path)
  }

  realpath(path: string): Promise<string> {
    return this.#work('realpath', path, () => {
      this.#entry(path)
      return path
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#work('rename', to, () => {
      const file = this.#entry(from) as File
      this.#names.delete(from)
      file.links--
      file.ctimeNs = this.#nowNs()
      this.#name(to, file)
    })
  }

  link(path: string, second: string): Promise<void> {
    return this.#work('link', second, () => {
      const file = this.#entry(path) as File
      if (this.#names.has(second)) throw systemError('EEXIST')
      file.links++
      file.ctimeNs = this.#nowNs()
      this.#names.set(second, file)
      this.#record(second, file, false)
    })
  }

  remove(path: string): Promise<void> {
    return this.#work('remove', path, () => {
      this.#entry(path)
      this.take(path)
    })
  }

  list(path: string): Promise<string[]> {
    return this.#work('list', path, () =>
      [...this.#names.keys()]
        .filter(name => posix.dirname(name) === path)
        .map(name => posix.basename(name)),
    )
  }

  #newFile(bytes: Uint8Array, mtimeMs: number): File {
    return { inode: this.#nextInode++, bytes, mtimeMs, ctimeNs: this.#nowNs(), links: 0 }
  }

  #name(path: string, file: File): void {
    const before = this.#names.get(path)
    if (typeof before === 'object') before.links--
    file.links++
    this.#names.set(path, file)
    this.#record(path, file, false)
  }

  #write(file: File, bytes: Uint8Array): void {
    file.bytes = bytes
    file.mtimeMs = this.#granular(this.#clock.wallMs())
    file.ctimeNs = this.#nowNs()
    this.#recordAll(file)
  }

  #recordAll(file: File): void {
    for (const [path, entry] of this.#names) if (entry === file) this.#record(path, file, true)
  }

  #record(path: string, file: File | undefined, isInPlace: boolean): void {
    const history = this.#history.get(path) ?? []
    this.#history.set(path, history)
    const { nowUs } = this.#clock
    history.push({ fromUs: nowUs, bytes: file?.bytes, mtimeMs: file?.mtimeMs ?? 0, isInPlace })
  }

  /** A clock that was set back tells times twice: those after it are told apart, as the nanoseconds would. */
  #nowNs(): bigint {
    return BigInt(this.#granular(this.#clock.wallMs())) * 1_000_000n + BigInt(this.#clock.wallSets)
  }

  #granular(ms: number): number {
    return Math.floor(ms / this.#granularityMs) * this.#granularityMs
  }

  #entry(path: string): File | Folder {
    const entry = this.#names.get(path)
    if (entry !== undefined) return entry
    this.#folderOf(path)
    throw systemError('ENOENT')
  }

  #folderOf(path: string): void {
    if (typeof this.#names.get(posix.dirname(path)) === 'object') throw systemError('ENOTDIR')
  }

  #opened(file: File | Folder, path: string): number {
    const fd = this.#nextFd++
    this.#open.set(fd, { file, path })
    return fd
  }

  #descriptor(fd: number): { readonly file: File | Folder; readonly path: string } {
    const entry = this.#open.get(fd)
    if (entry !== undefined) return entry
    this.#broke('descriptors', `descriptor ${fd} is used after it was closed`)
    throw systemError('EBADF')
  }

  #status(file: File | Folder): FileStatus {
    if (file === 'folder')
      return { kind: 'folder', size: 0, mtimeNs: 0n, ctimeNs: 0n, device: 1n, inode: 0n, links: 2n }
    const { inode, bytes, mtimeMs, ctimeNs, links } = file
    const mtimeNs = BigInt(mtimeMs) * 1_000_000n
    return {
      kind: 'file',
      size: bytes.length,
      mtimeNs,
      ctimeNs,
      device: 1n,
      inode,
      links: BigInt(links),
    }
  }
}

/** An error as Node makes it of one of the system's. `isPutIn` says that the world wanted it. */
export function systemError(code: string, isPutIn = false): Error {
  // Missing files are many, and nobody looks at where they were missed.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = Object.assign(new Error(`${code}: simulated`), { code, isPutIn })
  Error.stackTraceLimit = stackTraceLimit
  return error
}
