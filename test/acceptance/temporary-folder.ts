import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A temporary folder for one test. */
export class TemporaryFolder {
  /** An absolute path without symbolic links. */
  readonly path: string

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.path = mkdtempSync(join(realpathSync(tmpdir()), 'statewire-'))
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  /** Writes a file, creates its folders, and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  folder(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
