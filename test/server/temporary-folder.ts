import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** What to create at each path: a file with this content, a symbolic link, or a FIFO. */
export type Tree = Readonly<
  Record<string, string | Uint8Array | { readonly link: string } | typeof FIFO>
>

export const FIFO = { fifo: true } as const
const MAKE_FIFO = 'mkfifo'

/**
 * Creates a folder with these files and links, and removes it after the test. A path that ends in
 * "/" is an empty folder.
 *
 * @returns its real path
 */
export function temporaryFolder(tree: Tree = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'statewire-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, entry] of Object.entries(tree)) {
    const full = join(folder, path)
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true })
    if (path.endsWith('/')) continue
    if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(full, entry)
    else if ('link' in entry) symlinkSync(entry.link, full)
    else execFileSync(MAKE_FIFO, [full])
  }
  return folder
}
