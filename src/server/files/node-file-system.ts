import * as fs from 'node:fs'
import { promisify } from 'node:util'
import type { DirectFileSystem, FileStatus, FileSystem } from './file-system.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NONBLOCK } = fs.constants
const READ_FLAGS = O_RDONLY | O_NONBLOCK

const open = promisify(fs.open)
const close = promisify(fs.close)
const fsync = promisify(fs.fsync)
const read = promisify(fs.read)
const write = promisify(fs.write)
type StatCall<Target> = (target: Target, options: { bigint: true }) => Promise<fs.BigIntStats>
const fstat = promisify(fs.fstat) as StatCall<number>
const stat = promisify(fs.stat) as StatCall<string>
const lstat = promisify(fs.lstat) as StatCall<string>
const readlink = promisify(fs.readlink)
const realpath = promisify(fs.realpath.native)
const rename = promisify(fs.rename)
const link = promisify(fs.link)
const unlink = promisify(fs.unlink)
const statfs = promisify(fs.statfs) as (path: string) => Promise<fs.StatsFs>

const BIGINT = { bigint: true } as const
const BIGINT_IF_PRESENT = { bigint: true, throwIfNoEntry: false } as const
const IS_LINUX = process.platform === 'linux'

/** The types of local file systems: magic numbers of statfs(2), which mean nothing elsewhere. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  // ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs.
  ...[0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e],
  // tmpfs, ramfs, overlayfs, SquashFS, EROFS.
  ...[0x01021994, 0x858458f6, 0x794c7630, 0x73717368, 0xe0f5e1e2],
])

/** Whether an open folder can be addressed by its descriptor: on Linux with /proc. */
export const hasDescriptorPaths: boolean = IS_LINUX && fs.existsSync('/proc/self/fd')

/** Calls in the threads of libuv. */
export const nodeFileSystem: FileSystem = {
  open: path => open(path, READ_FLAGS),
  create: path => open(path, O_WRONLY | O_CREAT | O_EXCL, 0o666),
  fstat: async fd => statusOf(await fstat(fd, BIGINT)),
  stat: async path => statusOf(await stat(path, BIGINT)),
  lstat: path => lstat(path, BIGINT).then(statusOf, ignoreAbsent),
  read: async (fd, into, length, position) => (await read(fd, into, 0, length, position)).bytesRead,
  async write(fd, bytes) {
    for (let at = 0; at < bytes.length; )
      at += (await write(fd, bytes, at, bytes.length - at, null)).bytesWritten
  },
  fsync,
  close,
  realpathOf: IS_LINUX ? fd => readlink(`/proc/self/fd/${fd}`) : realpathByName,
  realpath,
  descriptorPath: (fd, realPath) => (hasDescriptorPaths ? `/proc/self/fd/${fd}` : realPath),
  rename,
  link,
  remove: unlink,
  async list(path, namesMax) {
    const names: string[] = []
    for await (const { name } of await fs.promises.opendir(path, { bufferSize: 1024 })) {
      names.push(name)
      if (names.length === namesMax) break
    }
    return names
  },
  isLocal: async path =>
    IS_LINUX && LOCAL_TYPES.has((await statfs(path).catch(() => ({ type: 0 }))).type),
}

/** Calls in the thread of the event loop. */
export const nodeDirectFileSystem: DirectFileSystem = {
  open: path => fs.openSync(path, READ_FLAGS),
  fstat: fd => statusOf(fs.fstatSync(fd, BIGINT)),
  stat: path => statusOf(fs.statSync(path, BIGINT)),
  lstat(path) {
    try {
      const stats = fs.lstatSync(path, BIGINT_IF_PRESENT)
      return stats && statusOf(stats)
    } catch (error) {
      return ignoreAbsent(error as NodeJS.ErrnoException)
    }
  },
  read: (fd, into, length, position) => fs.readSync(fd, into, 0, length, position),
  close: fd => fs.closeSync(fd),
  realpathOf: IS_LINUX ? fd => fs.readlinkSync(`/proc/self/fd/${fd}`) : realpathByNameDirectly,
  realpath: path => fs.realpathSync.native(path),
}

/**
 * Where descriptors have no path: the real path of the name, if it still leads to the open file.
 */
async function realpathByName(fd: number, path: string): Promise<string> {
  const real = await realpath(path)
  requireSame(await fstat(fd, BIGINT), await stat(real, BIGINT), path)
  return real
}

function realpathByNameDirectly(fd: number, path: string): string {
  const real = fs.realpathSync.native(path)
  requireSame(fs.fstatSync(fd, BIGINT), fs.statSync(real, BIGINT), path)
  return real
}

function requireSame(opened: fs.BigIntStats, named: fs.BigIntStats, path: string): void {
  if (opened.dev !== named.dev || opened.ino !== named.ino)
    throw Object.assign(new Error(`${path} was replaced while it was opened`), { code: 'ENOENT' })
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}

function statusOf(stats: fs.BigIntStats): FileStatus {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    device: stats.dev,
    inode: stats.ino,
    links: stats.nlink,
  }
}

function kindOf(stats: fs.BigIntStats): FileStatus['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : 'other'
}
