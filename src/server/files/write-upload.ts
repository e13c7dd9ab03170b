import { randomUUID } from 'node:crypto'
import { sep } from 'node:path'
import { alternativeNames } from './alternative-names.ts'
import type { FileSystem } from './file-system.ts'
import { namesServedAlike } from './served-names.ts'
import { temporaryName } from './temporary-uploads.ts'

/**
 * What to do if the name of an upload is taken. `create` looks only at this name; `refuse` and
 * `rename` at all names under whose paths a client would be served something else afterwards.
 */
export type UploadConflict = 'replace' | 'create' | 'refuse' | 'rename'

/** The result of an upload. */
export type WrittenUpload =
  | { readonly kind: 'created'; readonly name: string }
  | { readonly kind: 'replaced' }
  /** The name is taken, as are all alternatives; nothing is stored. */
  | { readonly kind: 'refused' }

/** Errors of file systems without hard links: FAT, some network file systems, FUSE. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])

/** Small chunks are merged into writes of this size. */
const WRITE_BYTES = 64 * 1024
const MICROTASKS = 4

/**
 * An upload on the disk, under a temporary name that is never served or listed. It gets its own
 * name when all of it is there: no client sees half a file, and content that breaks off leaves
 * nothing.
 */
export class StagedUpload {
  readonly #temporary: string
  readonly #folder: string
  readonly #indexFiles: readonly string[]
  readonly #fileSystem: FileSystem

  private constructor(
    temporary: string,
    folder: string,
    indexFiles: readonly string[],
    fileSystem: FileSystem,
  ) {
    this.#temporary = temporary
    this.#folder = folder
    this.#indexFiles = indexFiles
    this.#fileSystem = fileSystem
  }

  /** Writes content to a temporary file in a folder. Rejects, and leaves nothing, if it fails. */
  static async of(
    content: AsyncIterable<Uint8Array>,
    folder: string,
    { indexFiles }: { readonly indexFiles: readonly string[] },
    fileSystem: FileSystem,
  ): Promise<StagedUpload> {
    const temporary = `${folder}${sep}${temporaryName(randomUUID())}`
    const fd = await fileSystem.create(temporary)
    const staged = new StagedUpload(temporary, folder, indexFiles, fileSystem)
    try {
      try {
        for await (const bytes of merged(content)) await fileSystem.write(fd, bytes)
        await fileSystem.fsync(fd)
      } finally {
        await fileSystem.close(fd)
      }
      return staged
    } catch (error) {
      await staged.discard()
      throw error
    }
  }

  /**
   * Gives the upload its name. Two uploads at once that may not replace anything get different
   * names, or one is refused.
   */
  async commit(name: string, conflict: UploadConflict): Promise<WrittenUpload> {
    try {
      const written = await this.#rename(name, conflict)
      if (written.kind === 'refused') await this.discard()
      else await this.#fsyncFolder()
      return written
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  /** Removes the temporary file. Never rejects. */
  async discard(): Promise<void> {
    await this.#removeQuietly(this.#temporary)
  }

  /** Removes a file that `commit()` has created. Never rejects. */
  async withdraw(name: string): Promise<void> {
    await this.#removeQuietly(this.#folder + sep + name)
  }

  async #rename(name: string, conflict: UploadConflict): Promise<WrittenUpload> {
    const path = this.#folder + sep + name
    if (conflict === 'replace') {
      const existed = await this.#exists(path)
      await this.#fileSystem.rename(this.#temporary, path)
      return existed ? { kind: 'replaced' } : { kind: 'created', name }
    }
    if (conflict === 'create')
      return (await this.#linkExclusive(path)) ? { kind: 'created', name } : { kind: 'refused' }
    if (await this.#take(name)) return { kind: 'created', name }
    if (conflict === 'rename') {
      for (const other of alternativeNames(name))
        if (await this.#take(other)) return { kind: 'created', name: other }
    }
    return { kind: 'refused' }
  }

  /** Gives the upload a name that is free. Returns false if it is not. */
  async #take(name: string): Promise<boolean> {
    if (await isTaken(this.#folder, name, this.#indexFiles, this.#fileSystem)) return false
    return this.#linkExclusive(this.#folder + sep + name)
  }

  /** Returns false if the name is taken: a link, unlike a rename, replaces nothing. */
  async #linkExclusive(to: string): Promise<boolean> {
    try {
      await this.#fileSystem.link(this.#temporary, to)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      if (NO_LINKS.has(code)) return this.#renameExclusive(to)
      throw error
    }
    // The upload has its name; that the temporary one may remain is no failure.
    await this.discard()
    return true
  }

  /** The same without links: an empty file reserves the name until it is replaced. */
  async #renameExclusive(to: string): Promise<boolean> {
    try {
      await this.#fileSystem.close(await this.#fileSystem.create(to))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
    try {
      await this.#fileSystem.rename(this.#temporary, to)
    } catch (error) {
      await this.#removeQuietly(to)
      throw error
    }
    return true
  }

  async #exists(path: string): Promise<boolean> {
    return (await this.#fileSystem.lstat(path)) !== undefined
  }

  /** Makes the name, too, survive a loss of power. Errors are ignored: not all systems can. */
  async #fsyncFolder(): Promise<void> {
    try {
      const fd = await this.#fileSystem.open(this.#folder)
      await this.#fileSystem.fsync(fd).finally(() => this.#fileSystem.close(fd))
    } catch {}
  }

  async #removeQuietly(path: string): Promise<void> {
    await this.#fileSystem.remove(path).catch(() => {})
  }
}

/**
 * Whether a new file of this name would replace what a client is served: the file itself, or one
 * that is served under the same path.
 */
export async function isTaken(
  folder: string,
  name: string,
  indexFiles: readonly string[],
  fileSystem: FileSystem,
): Promise<boolean> {
  const alike = namesServedAlike(name, indexFiles)
  if (alike === 'reserved') return true
  const present = await Promise.all(alike.map(other => fileSystem.lstat(folder + sep + other)))
  return present.some(status => status !== undefined)
}

/**
 * Merges small chunks as long as the next one is there at once. What is yielded is valid until the
 * next.
 */
async function* merged(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const chunks = content[Symbol.asyncIterator]()
  let buffer: Uint8Array | undefined
  let length = 0
  let next = chunks.next()
  for (let result = await next; !result.done; result = await next) {
    const bytes = result.value
    if (length > 0 && length + bytes.length > WRITE_BYTES) {
      yield buffer!.subarray(0, length)
      length = 0
    }
    if (bytes.length >= WRITE_BYTES) yield bytes
    else {
      buffer ??= new Uint8Array(WRITE_BYTES)
      buffer.set(bytes, length)
      length += bytes.length
    }
    next = chunks.next()
    if (length > 0 && (await isPending(next))) {
      yield buffer!.subarray(0, length)
      length = 0
    }
  }
  if (length > 0) yield buffer!.subarray(0, length)
}

/** Whether a promise is still pending after a turn of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const settle = (): void => {
    isSettled = true
  }
  const settled = promise.then(settle, settle)
  // Most promises for bytes that are there already settle within a few microtasks.
  for (let n = 0; n < MICROTASKS && !isSettled; n++) await undefined
  if (!isSettled) await Promise.race([settled, new Promise(setImmediate)])
  return !isSettled
}
