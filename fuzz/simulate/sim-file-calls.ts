import type { DirectFileSystem, FileSystem, ReadCalls } from '#src/server/files/file-system.js'
import { type SimFileSystem, statusOf } from './sim-file-system.ts'
import type { RunDirectly, RunOperation } from './sim-operations.ts'

/** Makes a call, and returns its result or a promise of it. */
type Run = <T>(name: string, subject: string, act: () => T) => unknown

/**
 * Returns the file system as the server uses it: each call takes time and may fail.
 *
 * @param shortReads the numbers of the reads that return less than they could
 */
export function fileCalls(
  files: SimFileSystem,
  run: RunOperation,
  shortReads: ReadonlySet<number>,
): FileSystem {
  return {
    ...(readCalls(files, run, shortReads) as Omit<ReadCalls, 'list'>),
    create: path => run('create', path, () => files.create(path)),
    write(fd, bytes) {
      const { path } = files.descriptor(fd)
      return run('write', path, () => files.write(fd, bytes))
    },
    descriptorPath: (_fd, realPath) => realPath,
    fsync: fd => run('fsync', files.descriptor(fd).path, () => {}),
    rename: (from, to) => run('rename', to, () => files.rename(from, to)),
    link: (path, second) => run('link', second, () => files.link(path, second)),
    remove: path => run('remove', path, () => files.unlink(path)),
    list: (path, namesMax) => run('list', path, () => files.list(path).slice(0, namesMax)),
    isLocal: async () => true,
  }
}

/** Returns the calls that the server makes directly: they take no time, and may fail. */
export function directFileCalls(
  files: SimFileSystem,
  run: RunDirectly,
  shortReads: ReadonlySet<number>,
): DirectFileSystem {
  return readCalls(files, run, shortReads) as DirectFileSystem
}

function readCalls(
  files: SimFileSystem,
  run: Run,
  shortReads: ReadonlySet<number>,
): Record<keyof DirectFileSystem, unknown> {
  let reads = 0
  return {
    open: (path: string) => run('open', path, () => files.open(path)),
    fstat(fd: number) {
      const { file, path } = files.descriptor(fd)
      return run('fstat', path, () => statusOf(file))
    },
    stat: (path: string) => run('stat', path, () => files.stat(path)),
    lstat: (path: string) => run('lstat', path, () => files.lstat(path)),
    read(fd: number, into: Uint8Array, length: number, position: number) {
      const { path } = files.descriptor(fd)
      const isShort = shortReads.has(reads++)
      return run('read', path, () => files.read(fd, into, length, position, isShort))
    },
    close(fd: number) {
      const { path } = files.descriptor(fd)
      // As with close(2), the descriptor is gone even if the call fails.
      files.close(fd)
      return run('close', path, () => {})
    },
    realpathOf(fd: number, path: string) {
      files.descriptor(fd)
      return run('realpathOf', path, () => path)
    },
    realpath: (path: string) => run('realpath', path, () => files.realpath(path)),
  }
}
