import { type FileSystem, nodeFileSystem } from '../../src/server/files/file-system.ts'

/** The disk of the system, and what is asked of it. Tests put their own operations in the place of its own. */
export class SpiedFileSystem {
  /** The descriptors that are open. */
  readonly open: Set<number> = new Set()
  /** The paths that were opened, in order. */
  readonly opened: string[] = []
  /** Called when a path is about to be opened, or looked at; may reject, or change what is there. */
  beforeOpen: (path: string) => unknown = () => {}
  beforeStat: (path: string) => unknown = () => {}
  /** Called when a file is about to be read. */
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
    read: async (fd, into, length, position) => {
      await this.beforeRead(position)
      return nodeFileSystem.read(fd, into, length, position)
    },
  }
}
