import type { Config } from '../config/settings.ts'
import type { FileStatus, FileSystem } from './file-system.ts'
import { isServed, pathBelow } from './path-below.ts'

/** Why nothing is served. */
export type Unavailable =
  /** Nothing that is served: no such name, a device, a file outside the root. */
  | { readonly kind: 'missing' }
  /** The operating system does not let us. */
  | { readonly kind: 'forbidden' }
  /** No descriptor is free at the moment. */
  | { readonly kind: 'busy' }

/** What there is at a path below a root, by its name: it may be another the next moment. */
export type StatResult =
  | { readonly kind: 'file'; readonly status: FileStatus }
  | { readonly kind: 'folder'; readonly status: FileStatus }
  | Unavailable

/** What there is at a path below a root, opened. */
export type Opened =
  /** A regular file; the caller closes the descriptor. */
  | { readonly kind: 'file'; readonly fd: number; readonly status: FileStatus }
  /** A folder, by its real path, which no link can lead elsewhere. */
  | { readonly kind: 'folder'; readonly path: string }
  | Unavailable

const KIND_OF_ERROR: Readonly<Record<string, Unavailable['kind']>> = {
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

/** Which links are followed, and how long the root is taken for the folder it was. */
export type RootPolicy = Pick<Config, 'symlinks' | 'revalidateMs'>

/** A folder that is served, and the only way to the files in it. */
export class SiteRoot {
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #policy: RootPolicy
  readonly #nowMs: () => number
  #realPath = ''
  #resolvedMs = 0

  private constructor(
    path: string,
    policy: RootPolicy,
    fileSystem: FileSystem,
    nowMs: () => number,
  ) {
    this.#path = path
    this.#policy = policy
    this.#fileSystem = fileSystem
    this.#nowMs = nowMs
  }

  /** Rejects where the path, which is absolute, is no folder. */
  static async of(
    path: string,
    policy: RootPolicy,
    fileSystem: FileSystem,
    nowMs: () => number,
  ): Promise<SiteRoot> {
    const status = await fileSystem.stat(path)
    if (status.kind !== 'folder')
      throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' })
    const root = new SiteRoot(path, policy, fileSystem, nowMs)
    await root.#resolve()
    return root
  }

  /** Looks at what the segments of a canonical path lead to. Nothing is opened. */
  async stat(segments: readonly string[]): Promise<StatResult> {
    const path = pathBelow(this.#path, segments)
    return unavailableFor(async () => {
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
   * Opens what the segments of a canonical path lead to. What counts is the descriptor: it must be
   * of a regular file whose real path lies under the real root, whatever links led to it.
   */
  async open(segments: readonly string[]): Promise<Opened> {
    const opened = await this.#open(segments)
    // What is replaced while it is opened has lost its name: what has the name now is as good.
    return opened.kind === 'missing' ? this.#open(segments) : opened
  }

  /**
   * The names in a folder that `look()` has found. It may be gone by now, and one that can be
   * entered need not be readable.
   */
  list(
    segments: readonly string[],
  ): Promise<{ readonly kind: 'names'; readonly names: readonly string[] } | Unavailable> {
    return unavailableFor(async () => ({
      kind: 'names',
      names: await this.#fileSystem.list(pathBelow(this.#path, segments)),
    }))
  }

  #open(segments: readonly string[]): Promise<Opened> {
    const path = pathBelow(this.#path, segments)
    return unavailableFor(async () => {
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

  /**
   * The root may be a link that has been swapped since it was looked at: then it is looked at
   * again.
   */
  async #contains(segments: readonly string[], realPath: string): Promise<boolean> {
    const isContained = (): boolean =>
      this.#policy.symlinks === 'never'
        ? realPath === pathBelow(this.#realPath, segments)
        : isServed(realPath, this.#realPath)
    if (isContained()) return true
    await this.#resolve()
    return isContained()
  }

  /**
   * Before a path is gone through, so that a file of the root before a swap is never measured by
   * the root behind it.
   */
  async #refresh(): Promise<void> {
    const isStale = this.#nowMs() - this.#resolvedMs >= this.#policy.revalidateMs
    if (this.#isBounded && isStale) await this.#resolve()
  }

  async #resolve(): Promise<void> {
    const nowMs = this.#nowMs()
    this.#realPath = await this.#fileSystem.realpath(this.#path)
    this.#resolvedMs = nowMs
  }
}

/** Errors that mean that there is nothing, in words; others are thrown on. */
async function unavailableFor<T>(look: () => Promise<T | Unavailable>): Promise<T | Unavailable> {
  try {
    return await look()
  } catch (error) {
    const kind = KIND_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
    if (kind === undefined) throw error
    return { kind }
  }
}
