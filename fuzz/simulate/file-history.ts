/** A state of a path from a time on. */
export type Version = {
  readonly fromUs: number
  /** The content of the file; undefined if there was none. */
  readonly bytes: Uint8Array | undefined
  readonly mtimeMs: number
  /**
   * Whether the file of the version before was written to, so that a reader may have got some bytes
   * of each.
   */
  readonly isInPlace: boolean
}

/** All versions that every path ever had. */
export class FileHistory {
  readonly #versions = new Map<string, Version[]>()

  add(path: string, version: Version): void {
    const versions = this.#versions.get(path)
    if (versions === undefined) this.#versions.set(path, [version])
    else versions.push(version)
  }

  /** The versions that a path had at some time in a span, the earliest first. */
  between(path: string, fromUs: number, toUs: number): readonly Version[] {
    const all = this.#versions.get(path) ?? []
    let first = all.length
    while (first > 0 && all[first - 1]!.fromUs > fromUs) first--
    return all.slice(Math.max(0, first - 1)).filter(version => version.fromUs <= toUs)
  }
}
