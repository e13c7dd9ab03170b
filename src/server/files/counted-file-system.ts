import type { FileSystem } from './file-system.ts'

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
