import type { FileSystem } from '../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../src/server/files/node-file-system.ts'

/** The real file system, with a record of its descriptors and with hooks before some operations. */
export class SpiedFileSystem {
  /** The descriptors that are open. */
  readonly open: Set<number> = new Set()
  /** The paths that were opened, in order. */
  readonly opened: string[] = []
  /** Called before a path is opened, or its status read; may reject, or change the file. */
  beforeOpen: (path: string) => unknown = () => {}
  beforeStat: (path: string) => unknown = () => {}
  /** Called before a file is read. */
  beforeRead: (position: number) => unknown = () => {}

  readonly fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: async path => {
      await this.beforeOpen(path)
      const fd = await nodeFileSystem.open(path)
      this.opened.push(path)
      this.open.add(fd)
      return fd
    },
    close: fd => {
      this.open.delete(fd)
      return nodeFileSystem.close(fd)
    },
    stat: async path => {
      await this.beforeStat(path)
      return nodeFileSystem.stat(path)
    },
    lstat: async path => {
      await this.beforeStat(path)
      return nodeFileSystem.lstat(path)
    },
    read: async (fd, into, length, position) => {
      await this.beforeRead(position)
      return nodeFileSystem.read(fd, into, length, position)
    },
  }
}
