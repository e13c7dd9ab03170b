import { posix } from 'node:path'
import type { FileStatus, FileSystem } from '../../src/server/files/file-system.ts'

type Entry = { bytes: Uint8Array; readonly inode: bigint; changes: bigint }
type Operation = keyof FileSystem

/** Creates an error like those of `node:fs`. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}

/** An in-memory file system of one folder, `/`, whose operations a test can make fail. */
export class FakeFileSystem implements FileSystem {
  /** The operations that were called, in order. */
  readonly calls: Operation[] = []
  /** Called before each operation; may throw, or delay it. */
  before: (operation: Operation) => void | Promise<void> = () => {}
  readonly #files = new Map<string, Entry>()
  readonly #open = new Map<number, Entry>()
  #nextInode = 1n
  #nextFd = 100

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, content] of Object.entries(files)) this.put(path, content)
  }

  /** Makes an operation fail from now on. */
  fail(operation: Operation, code: string): void {
    const before = this.before
    this.before = called => {
      if (called === operation) throw systemError(code)
      return before(called)
    }
  }

  put(path: string, content: string): void {
    const entry = this.#files.get(path)
    if (entry === undefined)
      this.#files.set(path, { bytes: Buffer.from(content), inode: this.#nextInode++, changes: 0n })
    else {
      entry.bytes = Buffer.from(content)
      entry.changes++
    }
  }

  /** The number of open descriptors. */
  get openCount(): number {
    return this.#open.size
  }

  /** The content of each file by its path. */
  get files(): Record<string, string> {
    return Object.fromEntries(
      [...this.#files].map(([path, { bytes }]) => [path, Buffer.from(bytes).toString()]),
    )
  }

  async open(path: string): Promise<number> {
    await this.#call('open')
    return this.#opened(this.#entry(path))
  }

  async create(path: string): Promise<number> {
    await this.#call('create')
    if (this.#files.has(path)) throw systemError('EEXIST')
    this.put(path, '')
    return this.#opened(this.#entry(path))
  }

  async fstat(fd: number): Promise<FileStatus> {
    await this.#call('fstat')
    return this.#status(this.#descriptor(fd))
  }

  async stat(path: string): Promise<FileStatus> {
    await this.#call('stat')
    return this.#status(this.#entry(path))
  }

  async lstat(path: string): Promise<FileStatus | undefined> {
    await this.#call('lstat')
    const entry = this.#files.get(path)
    return entry && this.#status(entry)
  }

  async read(fd: number, into: Uint8Array, length: number, position: number): Promise<number> {
    await this.#call('read')
    const bytes = this.#descriptor(fd).bytes.subarray(position, position + length)
    into.set(bytes)
    return bytes.length
  }

  async write(fd: number, bytes: Uint8Array): Promise<void> {
    await this.#call('write')
    const entry = this.#descriptor(fd)
    entry.bytes = Buffer.concat([entry.bytes, bytes])
  }

  async fsync(fd: number): Promise<void> {
    await this.#call('fsync')
    this.#descriptor(fd)
  }

  async close(fd: number): Promise<void> {
    this.#descriptor(fd)
    // As with close(2), the descriptor is released even if this fails.
    this.#open.delete(fd)
    await this.#call('close')
  }

  async realpathOf(_fd: number, path: string): Promise<string> {
    await this.#call('realpathOf')
    return path
  }

  descriptorPath(_fd: number, realPath: string): string {
    return realPath
  }

  async realpath(path: string): Promise<string> {
    await this.#call('realpath')
    return path
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename')
    this.#files.set(to, this.#entry(from))
    this.#files.delete(from)
  }

  async link(path: string, second: string): Promise<void> {
    await this.#call('link')
    const entry = this.#entry(path)
    if (this.#files.has(second)) throw systemError('EEXIST')
    this.#files.set(second, entry)
  }

  async remove(path: string): Promise<void> {
    await this.#call('remove')
    if (!this.#files.delete(path)) throw systemError('ENOENT')
  }

  async list(path: string): Promise<string[]> {
    await this.#call('list')
    return [...this.#files.keys()]
      .filter(name => posix.dirname(name) === path)
      .map(name => posix.basename(name))
  }

  async isLocal(): Promise<boolean> {
    return false
  }

  async #call(operation: Operation): Promise<void> {
    this.calls.push(operation)
    await this.before(operation)
  }

  #entry(path: string): Entry {
    const entry = this.#files.get(path)
    if (entry === undefined) throw systemError('ENOENT')
    return entry
  }

  #opened(entry: Entry): number {
    const fd = this.#nextFd++
    this.#open.set(fd, entry)
    return fd
  }

  #descriptor(fd: number): Entry {
    const entry = this.#open.get(fd)
    if (entry === undefined) throw systemError('EBADF')
    return entry
  }

  #status({ bytes, inode, changes }: Entry): FileStatus {
    return {
      kind: 'file',
      size: bytes.length,
      mtimeNs: 0n,
      ctimeNs: changes,
      birthtimeNs: 0n,
      device: 1n,
      inode,
      links: 1n,
    }
  }
}
