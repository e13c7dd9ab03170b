import type { DirectFileSystem, FileSystem } from '#src/server/files/file-system.js'
import { type SimFileSystem, statusOf } from './sim-file-system.ts'
import type { RunDirectly, RunOperation } from './sim-operations.ts'

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
  let reads = 0
  return {
    open: path => run('open', path, () => files.open(path)),
    create: path => run('create', path, () => files.create(path)),
    fstat(fd) {
      const { file, path } = files.descriptor(fd)
      return run('fstat', path, () => statusOf(file))
    },
    stat: path => run('stat', path, () => files.stat(path)),
    lstat: path => run('lstat', path, () => files.lstat(path)),
    read(fd, into, length, position) {
      const { path } = files.descriptor(fd)
      const isShort = shortReads.has(reads++)
      return run('read', path, () => files.read(fd, into, length, position, isShort))
    },
    write(fd, bytes) {
      const { path } = files.descriptor(fd)
      return run('write', path, () => files.write(fd, bytes))
    },
    fsync: fd => run('fsync', files.descriptor(fd).path, () => {}),
    close(fd) {
      const { path } = files.descriptor(fd)
      // As with close(2), the descriptor is gone even if the call fails.
      files.close(fd)
      return run('close', path, () => {})
    },
    realpathOf(fd, path) {
      files.descriptor(fd)
      return run('realpathOf', path, () => path)
    },
    realpath: path => run('realpath', path, () => files.realpath(path)),
    rename: (from, to) => run('rename', to, () => files.rename(from, to)),
    link: (path, second) => run('link', second, () => files.link(path, second)),
    remove: path => run('remove', path, () => files.unlink(path)),
    list: (path, namesMax) => run('list', path, () => files.list(path).slice(0, namesMax)),
    isLocal: async () => true,
  }
}

/** Returns the same calls as the server makes them directly: they take no time, and may fail. */
export function directFileCalls(
  files: SimFileSystem,
  run: RunDirectly,
  shortReads: ReadonlySet<number>,
): DirectFileSystem {
  let reads = 0
  return {
    open: path => run('open', path, () => files.open(path)),
    fstat(fd) {
      const { file, path } = files.descriptor(fd)
      return run('fstat', path, () => statusOf(file))
    },
    stat: path => run('stat', path, () => files.stat(path)),
    lstat: path => run('lstat', path, () => files.lstat(path)),
    read(fd, into, length, position) {
      const { path } = files.descriptor(fd)
      const isShort = shortReads.has(reads++)
      return run('read', path, () => files.read(fd, into, length, position, isShort))
    },
    close(fd) {
      const { path } = files.descriptor(fd)
      files.close(fd)
      run('close', path, () => {})
    },
    realpathOf(fd, path) {
      files.descriptor(fd)
      return run('realpathOf', path, () => path)
    },
    realpath: path => run('realpath', path, () => files.realpath(path)),
  }
}
