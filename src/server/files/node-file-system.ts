import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { bytesOfText, mayHaveBytes, textOfBytes } from '../../response/name-bytes.ts'
import type { DirectFileSystem, FileStatus, FileSystem } from './file-system.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NONBLOCK } = fs.constants
const READ_FLAGS = O_RDONLY | O_NONBLOCK

const open = promisify(fs.open)
const close = promisify(fs.close)
const fsync = promisify(fs.fsync)
const read = promisify(fs.read)
const write = promisify(fs.write)
/** A path as Node takes it: bytes if it is not UTF-8. */
type Name = string | Buffer
type StatCall<Target> = (target: Target, options: { bigint: true }) => Promise<fs.BigIntStats>
const fstat = promisify(fs.fstat) as StatCall<number>
const stat = promisify(fs.stat) as StatCall<Name>
const lstat = promisify(fs.lstat) as StatCall<Name>
type NameCall = (path: Name, encoding?: 'buffer') => Promise<string | Buffer>
const readlink = promisify(fs.readlink) as NameCall
const realpath = promisify(fs.realpath.native) as NameCall
const rename = promisify(fs.rename)
const link = promisify(fs.link)
const unlink = promisify(fs.unlink)
const statfs = promisify(fs.statfs) as (path: Name) => Promise<fs.StatsFs>

const BIGINT = { bigint: true } as const
const BIGINT_IF_PRESENT = { bigint: true, throwIfNoEntry: false } as const
const IS_LINUX = process.platform === 'linux'
const DESCRIPTORS = '/proc/self/fd'
/** Whether an open file or folder has a path: on Linux, unless /proc is not mounted. */
export const hasDescriptorPaths: boolean = IS_LINUX && fs.existsSync(DESCRIPTORS)
/** Why the real paths of open files are found by name on Linux, undefined if they are not. */
export const withoutDescriptorPaths: string | undefined =
  IS_LINUX && !hasDescriptorPaths ? '/proc is not mounted' : undefined

/** The types of local file systems: magic numbers of statfs(2), which mean nothing elsewhere. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  // ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs.
  ...[0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e],
  // tmpfs, ramfs, overlayfs, SquashFS, EROFS.
  ...[0x01021994, 0x858458f6, 0x794c7630, 0x73717368, 0xe0f5e1e2],
])

/** Calls in the threads of libuv. */
export const nodeFileSystem: FileSystem = {
  open: path => open(nameOf(path), READ_FLAGS),
  create: path => open(nameOf(path), O_WRONLY | O_CREAT | O_EXCL, 0o666),
  fstat: async fd => statusOf(await fstat(fd, BIGINT)),
  stat: async path => statusOf(await stat(nameOf(path), BIGINT)),
  lstat: path => lstat(nameOf(path), BIGINT).then(statusOf, ignoreAbsent),
  read: async (fd, into, length, position) => (await read(fd, into, 0, length, position)).bytesRead,
  async write(fd, bytes) {
    for (let at = 0; at < bytes.length; )
      at += (await write(fd, bytes, at, bytes.length - at, null)).bytesWritten
  },
  fsync,
  close,
  realpathOf: hasDescriptorPaths
    ? fd => textFrom(encoding => readlink(`${DESCRIPTORS}/${fd}`, encoding))
    : realpathByName,
  realpath: path => textFrom(encoding => realpath(nameOf(path), encoding)),
  descriptorPath: (fd, realPath) => (hasDescriptorPaths ? `${DESCRIPTORS}/${fd}` : realPath),
  rename: (from, to) => rename(nameOf(from), nameOf(to)),
  link: (path, second) => link(nameOf(path), nameOf(second)),
  remove: path => unlink(nameOf(path)),
  async list(path, namesMax) {
    const names = await listNames(path, namesMax, 'utf8')
    // Node replaces what is not UTF-8.
    const isExact = !names.some(name => name.includes(REPLACEMENT))
    return isExact ? names : listNames(path, namesMax, 'buffer')
  },
  isLocal: async path =>
    IS_LINUX && LOCAL_TYPES.has((await statfs(nameOf(path)).catch(() => ({ type: 0 }))).type),
}

/** Calls in the thread of the event loop. */
export const nodeDirectFileSystem: DirectFileSystem = {
  open: path => fs.openSync(nameOf(path), READ_FLAGS),
  fstat: fd => statusOf(fs.fstatSync(fd, BIGINT)),
  stat: path => statusOf(fs.statSync(nameOf(path), BIGINT)),
  lstat(path) {
    try {
      const stats = fs.lstatSync(nameOf(path), BIGINT_IF_PRESENT)
      return stats && statusOf(stats)
    } catch (error) {
      return ignoreAbsent(error as NodeJS.ErrnoException)
    }
  },
  read: (fd, into, length, position) => fs.readSync(fd, into, 0, length, position),
  close: fd => fs.closeSync(fd),
  realpathOf: hasDescriptorPaths
    ? fd => textNow(encoding => fs.readlinkSync(`${DESCRIPTORS}/${fd}`, encoding as 'utf8'))
    : realpathByNameDirectly,
  realpath: realpathNow,
}

/** What Node puts for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd'

function nameOf(path: string): Name {
  return mayHaveBytes(path) ? Buffer.from(bytesOfText(path)) : path
}

/** Gets a path from the system; as bytes only if it may not be UTF-8. */
async function textFrom(get: (encoding?: 'buffer') => Promise<string | Buffer>): Promise<string> {
  const path = await get()
  return typeof path === 'string' && !path.includes(REPLACEMENT)
    ? path
    : textOfBytes((await get('buffer')) as Buffer)
}

function textNow(get: (encoding?: 'buffer') => string | Buffer): string {
  const path = get()
  return typeof path === 'string' && !path.includes(REPLACEMENT)
    ? path
    : textOfBytes(get('buffer') as Buffer)
}

function realpathNow(path: string): string {
  const name = nameOf(path)
  return textNow(encoding => fs.realpathSync.native(name, encoding as 'utf8'))
}

async function listNames(
  path: string,
  namesMax: number,
  encoding: 'utf8' | 'buffer',
): Promise<string[]> {
  const names: string[] = []
  // The types of Node lack the encoding of bytes.
  const options = { bufferSize: 1024, encoding: encoding as 'utf8' }
  for await (const { name } of await fs.promises.opendir(nameOf(path), options)) {
    names.push(typeof name === 'string' ? name : textOfBytes(name))
    if (names.length === namesMax) break
  }
  return names
}

/**
 * Where descriptors have no path: the real path of the name, if it still leads to the open file.
 */
async function realpathByName(fd: number, path: string): Promise<string> {
  const real = await nodeFileSystem.realpath(path)
  requireSame(await fstat(fd, BIGINT), await stat(nameOf(real), BIGINT), path)
  return real
}

function realpathByNameDirectly(fd: number, path: string): string {
  const real = realpathNow(path)
  requireSame(fs.fstatSync(fd, BIGINT), fs.statSync(nameOf(real), BIGINT), path)
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
    birthtimeNs: stats.birthtimeNs,
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
