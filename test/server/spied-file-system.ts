import { type Disk, systemDisk } from '../../src/server/files/file-system.ts'

/** The disk of the system, and what is asked of it. Tests put their own operations in the place of its own. */
export class SpiedDisk {
  /** The descriptors that are open. */
  readonly open: Set<number> = new Set()
  /** The paths that were opened, in order. */
  readonly opened: string[] = []
  /** Called when a path is about to be opened, or looked at; may reject, or change what is there. */
  beforeOpen: (path: string) => unknown = () => {}
  beforeStat: (path: string) => unknown = () => {}
  /** Called when a file is about to be read. */
  beforeRead: (position: number) => unknown = () => {}

  readonly disk: Disk = {
    ...systemDisk,
    open: async path => {
      await this.beforeOpen(path)
      const fd = await systemDisk.open(path)
      this.opened.push(path)
      this.open.add(fd)
      return fd
    },
    close: fd => {
      this.open.delete(fd)
      return systemDisk.close(fd)
    },
    stat: async path => {
      await this.beforeStat(path)
      return systemDisk.stat(path)
    },
    read: async (fd, into, length, position) => {
      await this.beforeRead(position)
      return systemDisk.read(fd, into, length, position)
    },
  }
}
