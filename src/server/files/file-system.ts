/** What the server needs of `fs.Stats`. */
export type FileStatus = {
  /** Only `lstat()` returns `link`. */
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly size: number
  readonly mtimeNs: bigint
  /** When anything about it last changed; no program can set this. */
  readonly ctimeNs: bigint
  /** When it was created; 0 where the file system does not know. No program can set this. */
  readonly birthtimeNs: bigint
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
  /** The status of a link itself. Resolves to undefined if there is no such name. */
  lstat(path: string): Promise<FileStatus | undefined>
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
  /** A path of an open folder that leads to it whatever its name leads to; else its real path. */
  descriptorPath(fd: number, realPath: string): string
  rename(from: string, to: string): Promise<void>
  /** Gives a file a second name, which must be free. Not all file systems can. */
  link(path: string, second: string): Promise<void>
  remove(path: string): Promise<void>
  /** Lists names in a folder, `namesMax` at most, in no order. */
  list(path: string, namesMax: number): Promise<string[]>
  /** Whether a path is known to lie on a disk of this machine, or in its memory. */
  isLocal(path: string): Promise<boolean>
}

/** The calls that serving files consists of. */
export type ReadCalls = Pick<
  FileSystem,
  'open' | 'fstat' | 'stat' | 'lstat' | 'read' | 'close' | 'realpathOf' | 'realpath' | 'list'
>

/** Calls that block, and take less time on a fast disk than to hand them to a thread. */
export type DirectFileSystem = {
  readonly [Name in Exclude<keyof ReadCalls, 'list'>]: (
    ...args: Parameters<ReadCalls[Name]>
  ) => Awaited<ReturnType<ReadCalls[Name]>>
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

  /**
   * Counts one more open file.
   *
   * @throws EMFILE once the descriptors are exhausted: before the operating system would, because
   *   `accept` needs a descriptor too, and the next connection could not even be refused
   */
  acquireFile(): void {
    if (this.isExhausted)
      throw Object.assign(new Error('no file descriptor is free'), { code: 'EMFILE' })
    this.files++
  }

  releaseFile(): void {
    this.files--
  }
}

/** Returns a file system that counts its open files. */
export function countedFileSystem(
  fileSystem: FileSystem,
  descriptors: DescriptorCount,
): FileSystem {
  const counted = async (open: () => Promise<number>): Promise<number> => {
    descriptors.acquireFile()
    try {
      return await open()
    } catch (error) {
      descriptors.releaseFile()
      throw error
    }
  }
  return {
    ...boundCalls(fileSystem),
    open: path => counted(() => fileSystem.open(path)),
    create: path => counted(() => fileSystem.create(path)),
    close: fd => fileSystem.close(fd).finally(() => descriptors.releaseFile()),
  }
}

/** The same for direct calls. */
export function countedDirectly(
  direct: DirectFileSystem,
  descriptors: DescriptorCount,
): DirectFileSystem {
  return {
    ...direct,
    open(path) {
      descriptors.acquireFile()
      try {
        return direct.open(path)
      } catch (error) {
        descriptors.releaseFile()
        throw error
      }
    },
    close(fd) {
      descriptors.releaseFile()
      direct.close(fd)
    },
  }
}

/** The calls of a file system that may be an instance of a class. */
function boundCalls(fileSystem: FileSystem): FileSystem {
  return {
    open: path => fileSystem.open(path),
    create: path => fileSystem.create(path),
    fstat: fd => fileSystem.fstat(fd),
    stat: path => fileSystem.stat(path),
    lstat: path => fileSystem.lstat(path),
    read: (fd, into, length, position) => fileSystem.read(fd, into, length, position),
    write: (fd, bytes) => fileSystem.write(fd, bytes),
    fsync: fd => fileSystem.fsync(fd),
    close: fd => fileSystem.close(fd),
    realpathOf: (fd, path) => fileSystem.realpathOf(fd, path),
    realpath: path => fileSystem.realpath(path),
    descriptorPath: (fd, realPath) => fileSystem.descriptorPath(fd, realPath),
    rename: (from, to) => fileSystem.rename(from, to),
    link: (path, second) => fileSystem.link(path, second),
    remove: path => fileSystem.remove(path),
    list: (path, namesMax) => fileSystem.list(path, namesMax),
    isLocal: path => fileSystem.isLocal(path),
  }
}
