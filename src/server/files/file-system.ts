import * as fs from 'node:fs'
import { promisify } from 'node:util'

/** What `Disk` tells of a file or folder. */
export type FileStatus = {
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
  readonly mtimeNs: bigint
  /** When anything about it was last changed, which nobody can set. */
  readonly ctimeNs: bigint
  readonly device: bigint
  readonly inode: bigint
  /** How many names it has. */
  readonly links: bigint
}

/**
 * The file system, all that the server asks of it. Errors are Node's, with their `code`. The
 * simulator has its own.
 */
export interface FileSystem {
  /** Opens for reading; a FIFO does not block, a device is not written. */
  open(path: string): Promise<number>
  /** Opens a file that must not exist yet, for writing. */
  create(path: string): Promise<number>
  fstat(fd: number): Promise<FileStatus>
  stat(path: string): Promise<FileStatus>
  /**
   * Fills the buffer from its start with bytes at `position`; resolves to how many, 0 at the end of
   * the file.
   */
  read(fd: number, into: Uint8Array, length: number, position: number): Promise<number>
  /** Writes all bytes at the file's own position. */
  write(fd: number, bytes: Uint8Array): Promise<void>
  fsync(fd: number): Promise<void>
  close(fd: number): Promise<void>
  /**
   * The real path of the file that is open, without asking for it by a name that may mean another
   * by now.
   */
  realpathOf(fd: number, path: string): Promise<string>
  realpath(path: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  /** Gives a file a second name, which nothing may have yet. Not all file systems can. */
  link(path: string, second: string): Promise<void>
  remove(path: string): Promise<void>
  /** The names in a folder. */
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
 * Where descriptors have no names: the name's real path, if the file that has it now is still the
 * one that is open.
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
