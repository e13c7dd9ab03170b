import { posix } from 'node:path'
import type { FileStatus } from '#src/server/files/file-system.js'
import { FileHistory, type Version } from './file-history.ts'
import type { SimClock } from './sim-clock.ts'
import { systemError } from './system-error.ts'

type File = {
  readonly inode: bigint
  bytes: Uint8Array
  mtimeMs: number
  ctimeNs: bigint
  links: number
}
/** `changedNs` is when an entry was last added or removed. */
type Folder = { readonly inode: bigint; changedNs: bigint }
export type Descriptor = { readonly file: File | Folder; readonly path: string }

/** A short read returns one of so many available bytes. */
const SHORT_READ_DIVISOR = 3

/** A synchronous file system in memory that remembers every version of every file. */
export class SimFileSystem {
  readonly #clock: SimClock
  readonly #granularityMs: number
  readonly #reportMisuse: (message: string) => void
  readonly #entries = new Map<string, File | Folder>()
  readonly #history = new FileHistory()
  readonly #open = new Map<number, Descriptor>()
  #nextFd = 3
  #nextInode = 1n

  /**
   * @param granularityMs the resolution of the times of files
   * @param reportMisuse is called when a descriptor is used after it was closed
   */
  constructor(clock: SimClock, granularityMs: number, reportMisuse: (message: string) => void) {
    this.#clock = clock
    this.#granularityMs = granularityMs
    this.#reportMisuse = reportMisuse
  }

  // Changes by others than the server.

  addFolder(path: string): void {
    this.#entries.set(path, { inode: this.#nextInode++, changedNs: 0n })
  }

  /** Gives this path a new file that was last modified `ageMs` ago. */
  replace(path: string, bytes: Uint8Array, ageMs = 0): void {
    const file = this.#newFile(bytes, this.#clock.wallMs() - ageMs)
    if (ageMs > 0) file.ctimeNs -= BigInt(ageMs) * 1_000_000n
    this.#setEntry(path, file)
  }

  /** Changes the content of the file at this path, if there is one. */
  rewrite(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const file = this.#entries.get(path)
    if (!isFile(file)) return
    this.#write(file, change(file.bytes))
  }

  touch(path: string, mtimeMs: number): void {
    const file = this.#entries.get(path)
    if (!isFile(file)) return
    file.mtimeMs = mtimeMs
    file.ctimeNs = this.#nowNs()
    this.#recordAll(file)
  }

  /** Changes the content of the file at this path, if there is one, and puts its mtime back. */
  putBack(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const file = this.#entries.get(path)
    if (!isFile(file)) return
    file.bytes = change(file.bytes)
    file.ctimeNs = this.#nowNs()
    this.#recordAll(file)
  }

  /** Changes only the ctime of the file at this path, if there is one. */
  chmod(path: string): void {
    const file = this.#entries.get(path)
    if (isFile(file)) file.ctimeNs = this.#nowNs()
  }

  /** Removes the file at this path, if there is one. */
  remove(path: string): void {
    const file = this.#entries.get(path)
    if (!isFile(file)) return
    file.links--
    this.#entries.delete(path)
    this.#changeFolderOf(path)
    this.#record(path, undefined, false)
  }

  bytesAt(path: string): Uint8Array | undefined {
    const file = this.#entries.get(path)
    return isFile(file) ? file.bytes : undefined
  }

  /** The versions that a path had at some time in a span, the earliest first. */
  versions(path: string, fromUs: number, toUs: number): readonly Version[] {
    return this.#history.between(path, fromUs, toUs)
  }

  /** How many descriptors are open. */
  get openCount(): number {
    return this.#open.size
  }

  get paths(): readonly string[] {
    return [...this.#entries.keys()]
  }

  // System calls. They throw the errors of the real ones.

  open(path: string): number {
    return this.#openDescriptor(this.#entry(path), path)
  }

  create(path: string): number {
    if (this.#entries.has(path)) throw systemError('EEXIST')
    this.#requireFolderOf(path)
    const file = this.#newFile(new Uint8Array(0), this.#clock.wallMs())
    this.#setEntry(path, file)
    return this.#openDescriptor(file, path)
  }

  /** Returns what an open descriptor stands for. */
  descriptor(fd: number): Descriptor {
    const descriptor = this.#open.get(fd)
    if (descriptor !== undefined) return descriptor
    this.#reportMisuse(`descriptor ${fd} is used after it was closed`)
    throw systemError('EBADF')
  }

  stat(path: string): FileStatus {
    return statusOf(this.#entry(path))
  }

  lstat(path: string): FileStatus | undefined {
    const entry = this.#entries.get(path)
    return entry && statusOf(entry)
  }

  read(fd: number, into: Uint8Array, length: number, position: number, isShort: boolean): number {
    const { file } = this.descriptor(fd)
    if (!isFile(file)) throw systemError('EISDIR')
    const bytes = file.bytes.subarray(position, position + length)
    const read = isShort ? bytes.subarray(0, Math.ceil(bytes.length / SHORT_READ_DIVISOR)) : bytes
    into.set(read)
    return read.length
  }

  /** Appends bytes. */
  write(fd: number, bytes: Uint8Array): void {
    const { file } = this.descriptor(fd)
    if (!isFile(file)) throw systemError('EISDIR')
    this.#write(file, Buffer.concat([file.bytes, bytes]))
  }

  close(fd: number): void {
    this.descriptor(fd)
    this.#open.delete(fd)
  }

  realpath(path: string): string {
    this.#entry(path)
    return path
  }

  rename(from: string, to: string): void {
    const file = this.#entry(from) as File
    this.#entries.delete(from)
    this.#changeFolderOf(from)
    file.links--
    file.ctimeNs = this.#nowNs()
    this.#setEntry(to, file)
  }

  link(path: string, second: string): void {
    const file = this.#entry(path) as File
    if (this.#entries.has(second)) throw systemError('EEXIST')
    file.links++
    file.ctimeNs = this.#nowNs()
    this.#entries.set(second, file)
    this.#changeFolderOf(second)
    this.#record(second, file, false)
  }

  unlink(path: string): void {
    this.#entry(path)
    this.remove(path)
  }

  list(path: string): string[] {
    return this.paths.filter(name => posix.dirname(name) === path).map(name => posix.basename(name))
  }

  #newFile(bytes: Uint8Array, mtimeMs: number): File {
    return { inode: this.#nextInode++, bytes, mtimeMs, ctimeNs: this.#nowNs(), links: 0 }
  }

  #setEntry(path: string, file: File): void {
    const before = this.#entries.get(path)
    if (isFile(before)) before.links--
    else this.#changeFolderOf(path)
    file.links++
    this.#entries.set(path, file)
    this.#record(path, file, false)
  }

  /** As in a real folder, the time changes when a name is added or removed. */
  #changeFolderOf(path: string): void {
    const folder = this.#entries.get(posix.dirname(path))
    if (folder !== undefined && !isFile(folder)) folder.changedNs = this.#nowNs()
  }

  #write(file: File, bytes: Uint8Array): void {
    file.bytes = bytes
    file.mtimeMs = this.#roundDown(this.#clock.wallMs())
    file.ctimeNs = this.#nowNs()
    this.#recordAll(file)
  }

  #recordAll(file: File): void {
    for (const [path, entry] of this.#entries) if (entry === file) this.#record(path, file, true)
  }

  #record(path: string, file: File | undefined, isInPlace: boolean): void {
    const { nowUs } = this.#clock
    const mtimeMs = file?.mtimeMs ?? 0
    this.#history.add(path, { fromUs: nowUs, bytes: file?.bytes, mtimeMs, isInPlace })
  }

  /** The nanoseconds count how often the clock was set: one that was set back repeats its times. */
  #nowNs(): bigint {
    return BigInt(this.#roundDown(this.#clock.wallMs())) * 1_000_000n + BigInt(this.#clock.wallSets)
  }

  #roundDown(ms: number): number {
    return Math.floor(ms / this.#granularityMs) * this.#granularityMs
  }

  /** @throws ENOENT or ENOTDIR */
  #entry(path: string): File | Folder {
    const entry = this.#entries.get(path)
    if (entry !== undefined) return entry
    this.#requireFolderOf(path)
    throw systemError('ENOENT')
  }

  /** @throws ENOTDIR if the parent of this path is a file */
  #requireFolderOf(path: string): void {
    if (isFile(this.#entries.get(posix.dirname(path)))) throw systemError('ENOTDIR')
  }

  #openDescriptor(file: File | Folder, path: string): number {
    const fd = this.#nextFd++
    this.#open.set(fd, { file, path })
    return fd
  }
}

function isFile(entry: File | Folder | undefined): entry is File {
  return entry !== undefined && 'bytes' in entry
}

export function statusOf(file: File | Folder): FileStatus {
  if (!isFile(file)) {
    const { inode, changedNs } = file
    const times = { mtimeNs: changedNs, ctimeNs: changedNs }
    return { kind: 'folder', size: 0, ...times, birthtimeNs: 0n, device: 1n, inode, links: 2n }
  }
  const { inode, bytes, mtimeMs, ctimeNs, links } = file
  return {
    kind: 'file',
    size: bytes.length,
    mtimeNs: BigInt(mtimeMs) * 1_000_000n,
    ctimeNs,
    birthtimeNs: 0n,
    device: 1n,
    inode,
    links: BigInt(links),
  }
}
