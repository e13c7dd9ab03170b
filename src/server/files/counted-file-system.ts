import type { Disk } from './file-system.ts'

/** What a process has open beside connections and files: Node's own 22 or so, listeners, folders that are listed. */
const OWN = 32
/** So many connections over the limits are told so at a time; those beyond are dropped. */
export const TURNED_AWAY_MAX = 32
/** What connections leave to files, at most. */
const FILES_ONLY_MAX = 64

/** How the descriptors of a process are shared out, so that a connection can be told that there is none for it. */
export type DescriptorShares = {
  /** For connections and files together. */
  readonly all: number
  /** For connections, by default: the rest is the files' alone. */
  readonly connections: number
  /** For connections that are turned away, beside `all`. */
  readonly turnedAway: number
}

export function shareDescriptors(softLimit: number): DescriptorShares {
  const turnedAway = Math.max(1, Math.min(TURNED_AWAY_MAX, Math.floor(softLimit / 8)))
  const all = Math.max(2, softLimit - OWN - turnedAway)
  const connections = Math.max(1, all - Math.min(FILES_ONLY_MAX, Math.ceil(all / 4)))
  return { all, connections, turnedAway }
}

/**
 * A disk that counts its open files and opens none while `areShort()`, as if the system had none left: were it left to the system,
 * the next connection could not even be refused, as `accept` needs a descriptor too.
 */
export class CountedDisk {
  readonly disk: Disk
  /** Set by who knows of the connections. */
  areShort: () => boolean = () => false
  #open = 0

  constructor(disk: Disk) {
    const counted = async (open: () => Promise<number>): Promise<number> => {
      if (this.areShort()) throw Object.assign(new Error('the descriptors are short'), { code: 'EMFILE' })
      this.#open++
      try {
        return await open()
      } catch (error) {
        this.#open--
        throw error
      }
    }
    this.disk = {
      fstat: fd => disk.fstat(fd),
      stat: path => disk.stat(path),
      read: (fd, into, length, position) => disk.read(fd, into, length, position),
      write: (fd, bytes) => disk.write(fd, bytes),
      fsync: fd => disk.fsync(fd),
      realpathOf: (fd, path) => disk.realpathOf(fd, path),
      realpath: path => disk.realpath(path),
      rename: (from, to) => disk.rename(from, to),
      link: (path, second) => disk.link(path, second),
      remove: path => disk.remove(path),
      list: path => disk.list(path),
      open: path => counted(() => disk.open(path)),
      create: path => counted(() => disk.create(path)),
      close: fd => disk.close(fd).finally(() => this.#open--),
    }
  }

  /** Files that are open. */
  get open(): number {
    return this.#open
  }
}
