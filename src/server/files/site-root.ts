import { sep } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Clock } from '../connection/clock.ts'
import type { FileStatus, FileSystem } from './file-system.ts'

/** Why there is nothing to serve. */
export type Unavailable =
  /** No such name, a device, or a file outside the root. */
  | { readonly kind: 'missing' }
  /** The operating system forbids it. */
  | { readonly kind: 'forbidden' }
  /** No descriptor is free at the moment. */
  | { readonly kind: 'busy' }

/** What a path below a root names now; it may name something else a moment later. */
export type StatResult =
  | { readonly kind: 'file'; readonly status: FileStatus }
  | { readonly kind: 'folder'; readonly status: FileStatus }
  | Unavailable

/** What a path below a root leads to, opened. */
export type Opened =
  /** A regular file; the caller closes the descriptor. */
  | { readonly kind: 'file'; readonly fd: number; readonly status: FileStatus }
  /** A folder, by its real path. */
  | { readonly kind: 'folder'; readonly path: string }
  | Unavailable

const KIND_OF_ERROR: Readonly<Record<string, Unavailable['kind']>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ELOOP: 'missing',
  ENAMETOOLONG: 'missing',
  ENXIO: 'missing',
  ENODEV: 'missing',
  // A name with a NUL: Node does not pass it to the system.
  ERR_INVALID_ARG_VALUE: 'missing',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EMFILE: 'busy',
  ENFILE: 'busy',
}

/** Which links are followed, and how long the root's real path is reused. */
export type RootPolicy = Pick<Config, 'symlinks' | 'revalidateMs'>

/** A folder that is served, and the only way to the files in it. */
export class SiteRoot {
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #policy: RootPolicy
  readonly #clock: Clock
  #realPath = ''
  #resolvedMs = 0

  private constructor(path: string, policy: RootPolicy, fileSystem: FileSystem, clock: Clock) {
    this.#path = path
    this.#policy = policy
    this.#fileSystem = fileSystem
    this.#clock = clock
  }

  /** `path` is absolute. Rejects if it is not a folder. */
  static async of(
    path: string,
    policy: RootPolicy,
    fileSystem: FileSystem,
    clock: Clock,
  ): Promise<SiteRoot> {
    const status = await fileSystem.stat(path)
    if (status.kind !== 'folder')
      throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' })
    const root = new SiteRoot(path, policy, fileSystem, clock)
    await root.#resolve()
    return root
  }

  /** Finds what the segments of a canonical path lead to, without opening it. */
  async stat(segments: readonly string[]): Promise<StatResult> {
    const path = pathBelow(this.#path, segments)
    return resultOf(async () => {
      await this.#refresh()
      const status = await this.#fileSystem.stat(path)
      if (
        this.#isBounded &&
        !(await this.#contains(segments, await this.#fileSystem.realpath(path)))
      )
        return { kind: 'missing' }
      return status.kind === 'other' ? { kind: 'missing' } : { kind: status.kind, status }
    })
  }

  /**
   * Opens what the segments of a canonical path lead to. The descriptor is checked, not the name:
   * it must be of a regular file whose real path lies below the real root, whatever links led to
   * it.
   */
  async open(segments: readonly string[]): Promise<Opened> {
    const opened = await this.#open(segments)
    // A file that is replaced while it is opened has lost its name to its successor: open that.
    return opened.kind === 'missing' ? this.#open(segments) : opened
  }

  /**
   * Lists the names in a folder that `stat()` has found. It may be gone by now, or not readable.
   */
  list(
    segments: readonly string[],
  ): Promise<{ readonly kind: 'names'; readonly names: readonly string[] } | Unavailable> {
    return resultOf(async () => ({
      kind: 'names',
      names: await this.#fileSystem.list(pathBelow(this.#path, segments)),
    }))
  }

  #open(segments: readonly string[]): Promise<Opened> {
    const path = pathBelow(this.#path, segments)
    return resultOf(async () => {
      await this.#refresh()
      const fd = await this.#fileSystem.open(path)
      const opened = await this.#examine(fd, path, segments).catch(async error => {
        await this.#fileSystem.close(fd)
        throw error
      })
      if (opened.kind !== 'file') await this.#fileSystem.close(fd)
      return opened
    })
  }

  async #examine(fd: number, path: string, segments: readonly string[]): Promise<Opened> {
    const status = await this.#fileSystem.fstat(fd)
    if (status.kind === 'other') return { kind: 'missing' }
    if (status.kind === 'file' && !this.#isBounded) return { kind: 'file', fd, status }
    const realPath = await this.#fileSystem.realpathOf(fd, path)
    if (this.#isBounded && !(await this.#contains(segments, realPath))) return { kind: 'missing' }
    return status.kind === 'file'
      ? { kind: 'file', fd, status }
      : { kind: 'folder', path: realPath }
  }

  get #isBounded(): boolean {
    return this.#policy.symlinks !== 'anywhere'
  }

  /** Whether a real path lies below the root. The root may be a link that was swapped meanwhile. */
  async #contains(segments: readonly string[], realPath: string): Promise<boolean> {
    const isContained = (): boolean =>
      this.#policy.symlinks === 'never'
        ? realPath === pathBelow(this.#realPath, segments)
        : isServed(realPath, this.#realPath)
    if (isContained()) return true
    await this.#resolve()
    return isContained()
  }

  /** Resolves the root before a path in it, so that a file is never compared with a later root. */
  async #refresh(): Promise<void> {
    const isStale = this.#clock.monotonicMs() - this.#resolvedMs >= this.#policy.revalidateMs
    if (this.#isBounded && isStale) await this.#resolve()
  }

  async #resolve(): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    this.#realPath = await this.#fileSystem.realpath(this.#path)
    this.#resolvedMs = nowMs
  }
}

/** Turns errors that mean that there is nothing to serve into results; others are thrown. */
async function resultOf<T>(run: () => Promise<T | Unavailable>): Promise<T | Unavailable> {
  try {
    return await run()
  } catch (error) {
    const kind = KIND_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
    if (kind === undefined) throw error
    return { kind }
  }
}

/**
 * Joins a folder and the segments of a canonical path, which contain no separator. Never by
 * path.normalize(), which drive and device names of Windows have confused (CVE-2025-23084,
 * CVE-2025-27210).
 */
export function pathBelow(
  folder: string,
  segments: readonly string[],
  separator: string = sep,
): string {
  return segments.length === 0
    ? folder
    : withSeparator(folder, separator) + segments.join(separator)
}

/** Whether a real path lies below a real root, with no hidden name on the way. */
export function isServed(realPath: string, realRoot: string, separator: string = sep): boolean {
  if (realPath === realRoot) return true
  const prefix = withSeparator(realRoot, separator)
  return (
    realPath.startsWith(prefix) && !realPath.slice(prefix.length).split(separator).some(isHidden)
  )
}

/** Dotfiles are hidden, except `.well-known` at the root (RFC 8615). */
export function isHidden(segment: string, depth: number): boolean {
  return segment.startsWith('.') && !(depth === 0 && segment === '.well-known')
}

/** Appends a separator, so that `/pub` is no prefix of `/public`. */
function withSeparator(folder: string, separator: string): string {
  return folder.endsWith(separator) ? folder : folder + separator
}
