import { sep } from 'node:path'
import type { Disk, FileStatus } from '../disk.ts'

/** What there is at a path below a root. */
export type Opened =
  /** A regular file; the caller closes the descriptor. */
  | { readonly kind: 'file'; readonly fd: number; readonly status: FileStatus }
  | { readonly kind: 'folder'; readonly path: string }
  /** Nothing that is served: no such name, a device, a file outside the root. */
  | { readonly kind: 'missing' }
  /** The operating system does not let us. */
  | { readonly kind: 'forbidden' }
  /** No descriptor is free at the moment. */
  | { readonly kind: 'busy' }

const KIND_OF_ERROR: Readonly<Record<string, 'missing' | 'forbidden' | 'busy'>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ELOOP: 'missing',
  ENAMETOOLONG: 'missing',
  ENXIO: 'missing',
  ENODEV: 'missing',
  // A name with a NUL, which Node does not hand to the system.
  ERR_INVALID_ARG_VALUE: 'missing',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EMFILE: 'busy',
  ENFILE: 'busy',
}

/** A folder that is served, and the only way to the files in it. */
export class SiteRoot {
  readonly #disk: Disk
  readonly #path: string
  #realPath: string

  private constructor(disk: Disk, path: string, realPath: string) {
    this.#disk = disk
    this.#path = path
    this.#realPath = realPath
  }

  /** Rejects where the path, which is absolute, is no folder. */
  static async of(path: string, disk: Disk): Promise<SiteRoot> {
    const status = await disk.stat(path)
    if (status.kind !== 'folder')
      throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' })
    return new SiteRoot(disk, path, await disk.realpath(path))
  }

  /**
   * Opens what the segments of a canonical path lead to. What counts is the descriptor: it must be of a regular file whose
   * real path lies under the real root, whatever links led to it.
   */
  async open(segments: readonly string[]): Promise<Opened> {
    const path = this.pathOf(segments)
    try {
      const fd = await this.#disk.open(path)
      const opened = await this.#examine(fd, path).catch(async error => {
        await this.#disk.close(fd)
        throw error
      })
      if (opened.kind !== 'file') await this.#disk.close(fd)
      return opened
    } catch (error) {
      const kind = KIND_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
      if (kind === undefined) throw error
      return { kind }
    }
  }

  /** Where the segments lead by name, for a path that `open()` has found to lie under the root. */
  pathOf(segments: readonly string[]): string {
    return [this.#path, ...segments].join(sep)
  }

  /** Whether what has this name lies under the root, wherever links lead. Rejects where nothing has it. */
  async serves(path: string): Promise<boolean> {
    return this.#isInside(await this.#disk.realpath(path))
  }

  async #examine(fd: number, path: string): Promise<Opened> {
    const status = await this.#disk.fstat(fd)
    if (status.kind === 'other') return { kind: 'missing' }
    if (!(await this.#isInside(await this.#disk.realpathOf(fd, path)))) return { kind: 'missing' }
    return status.kind === 'file' ? { kind: 'file', fd, status } : { kind: 'folder', path }
  }

  /** The root may be a link that has been swapped since it was looked at: then it is looked at again. */
  async #isInside(realPath: string): Promise<boolean> {
    if (isServed(realPath, this.#realPath)) return true
    this.#realPath = await this.#disk.realpath(this.#path)
    return isServed(realPath, this.#realPath)
  }
}

/** Whether a real path lies under a real root, and no name on the way is hidden. */
export function isServed(realPath: string, realRoot: string): boolean {
  const prefix = realRoot.endsWith(sep) ? realRoot : realRoot + sep
  if (realPath === realRoot) return true
  return realPath.startsWith(prefix) && !realPath.slice(prefix.length).split(sep).some(isHidden)
}

/** RFC 8615: `.well-known` at the root is the one name with a dot that is meant to be seen. */
export function isHidden(segment: string, depth: number): boolean {
  return segment.startsWith('.') && !(depth === 0 && segment === '.well-known')
}
