import type { FileSystem } from './file-system.ts'

/**
 * A disk that counts its open files and opens none while `areShort()`, as if the system had none left: were it left to the system,
 * the next connection could not even be refused, as `accept` needs a descriptor too.
 */
export class CountedFileSystem {
  readonly fileSystem: FileSystem
  /** Set by who knows of the connections. */
  isExhausted: () => boolean = () => false
  #open = 0

  constructor(fileSystem: FileSystem) {
    const counted = async (open: () => Promise<number>): Promise<number> => {
      if (this.isExhausted())
        throw Object.assign(new Error('the descriptors are short'), { code: 'EMFILE' })
      this.#open++
      try {
        return await open()
      } catch (error) {
        this.#open--
        throw error
      }
    }
    this.fileSystem = {
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
      close: fd => fileSystem.close(fd).finally(() => this.#open--),
    }
  }

  /** Files that are open. */
  get open(): number {
    return this.#open
  }
}
