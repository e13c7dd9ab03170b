import * as fs from 'node:fs'
import { promisify } from 'node:util'

/** What the server needs of `fs.Stats`. */
export type FileStatus = {
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
  readonly mtimeNs: bigint
  /** When anything about it last changed; no program can set this. */
  readonly ctimeNs: bigint
  readonly device: bigint
  readonly inode: bigint
  /** The number of its names. */
  readonly links: bigint
}

/**
 * The calls that the server makes to the file system. Errors are Node's, with their `code`. Node
 * and the simulator implement it.
 */
export interface FileSystem {
  /** Opens for reading. A FIFO does not block, and a device is not written. */
  open(path: string): Promise<number>
  /** Creates a file that must not exist, for writing. */
  create(path: string): Promise<number>
  fstat(fd: number): Promise<FileStatus>
  stat(path: string): Promise<FileStatus>
  /**
   * Reads bytes at `position` into the start of the buffer. Resolves to their number, 0 at the end.
   */
  read(fd: number, into: Uint8Array, length: number, position: number): Promise<number>
  /** Writes all bytes at the file's own position. */
  write(fd: number, bytes: Uint8Array): Promise<void>
  fsync(fd: number): Promise<void>
  close(fd: number): Promise<void>
  /** The real path of an open file, whatever its name leads to by now. */
  realpathOf(fd: number, path: string): Promise<string>
  realpath(path: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  /** Gives a file a second name, which must be free. Not all file systems can. */
  link(path: string, second: string): Promise<void>
  remove(path: string): Promise<void>
  /** Lists the names in a folder. */
  list(path: string): Promise<string[]>
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NONBLOCK } = fs.constants

const open = promisify(fs.open)
const close = promisify(fs.close)
const fsync = promisify(fs.fsync)
const read = promisify(fs.read)
const write = promisify(fs.write)
const fstat = promisify(fs.fstat) as (
  fd: number,
  options: { bigint: true },
) => Promise<fs.BigIntStats>
const stat = promisify(fs.stat) as (
  path: string,
  options: { bigint: true },
) => Promise<fs.BigIntStats>
const readlink = promisify(fs.readlink)
const realpath = promisify(fs.realpath.native)
const rename = promisify(fs.rename)
const link = promisify(fs.link)
const unlink = promisify(fs.unlink)
const readdir = promisify(fs.readdir)

const BIGINT = { bigint: true } as const

export const nodeFileSystem: FileSystem = {
  open: path => open(path, O_RDONLY | O_NONBLOCK),
  create: path => open(path, O_WRONLY | O_CREAT | O_EXCL, 0o666),
  fstat: async fd => statusOf(await fstat(fd, BIGINT)),
  stat: async path => statusOf(await stat(path, BIGINT)),
  read: async (fd, into, length, position) => (await read(fd, into, 0, length, position)).bytesRead,
  async write(fd, bytes) {
    for (let at = 0; at < bytes.length; )
      at += (await write(fd, bytes, at, bytes.length - at, null)).bytesWritten
  },
  fsync,
  close,
  realpathOf: process.platform === 'linux' ? fd => readlink(`/proc/self/fd/${fd}`) : realpathByName,
  realpath,
  rename,
  link,
  remove: unlink,
  list: path => readdir(path),
}

/**
 * Where descriptors have no path: the real path of the name, if it still leads to the open file.
 */
async function realpathByName(fd: number, path: string): Promise<string> {
  const real = await realpath(path)
  const [opened, named] = await Promise.all([fstat(fd, BIGINT), stat(real, BIGINT)])
  if (opened.dev !== named.dev || opened.ino !== named.ino)
    throw Object.assign(new Error(`${path} was replaced while it was opened`), { code: 'ENOENT' })
  return real
}

function statusOf(stats: fs.BigIntStats): FileStatus {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other',
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    device: stats.dev,
    inode: stats.ino,
    links: stats.nlink,
  }
}

/** The file descriptors that connections and files use, against the most that they may. */
export class DescriptorCount {
  connections = 0
  files = 0
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get isExhausted(): boolean {
    return this.connections + this.files >= this.#max
  }
}

/**
 * Returns a file system that counts its open files, and fails with EMFILE once the descriptors are
 * exhausted. It fails before the operating system would, because `accept` needs a descriptor too:
 * the next connection could not even be refused.
 */
export function countedFileSystem(
  fileSystem: FileSystem,
  descriptors: DescriptorCount,
): FileSystem {
  const counted = async (open: () => Promise<number>): Promise<number> => {
    if (descriptors.isExhausted)
      throw Object.assign(new Error('no file descriptor is free'), { code: 'EMFILE' })
    descriptors.files++
    try {
      return await open()
    } catch (error) {
      descriptors.files--
      throw error
    }
  }
  return {
    fstat: fd => fileSystem.fstat(fd),
    stat: path => fileSystem.stat(path),
    read: (fd, into, length, position) => fileSystem.read(fd, into, length, position),
    write: (fd, bytes) => fileSystem.write(fd, bytes),
    fsync: fd => fileSystem.fsync(fd),
    realpathOf: (fd, path) => fileSystem.realpathOf(fd, path),
    realpath: path => fileSystem.realpath(path),
    rename: (from, to) => fileSystem.rename(from, to),
    link: (path, second) => fileSystem.link(path, second),
    remove: path => fileSystem.remove(path),
    list: path => fileSystem.list(path),
    open: path => counted(() => fileSystem.open(path)),
    create: path => counted(() => fileSystem.create(path)),
    close: fd => fileSystem.close(fd).finally(() => descriptors.files--),
  }
}
