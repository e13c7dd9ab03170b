import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** What is at a path: the content of a file, where a link leads, or a FIFO. */
export type Tree = Readonly<
  Record<string, string | Uint8Array | { readonly link: string } | typeof FIFO>
>

export const FIFO = { fifo: true } as const
const MAKE_FIFO = 'mkfifo'

/** A real folder with these files and links in it, by its real path; gone after the test. A path ending in "/" is an empty folder. */
export function temporaryFolder(tree: Tree = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'statewire-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, what] of Object.entries(tree)) {
    const full = join(folder, path)
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true })
    if (path.endsWith('/')) continue
    if (typeof what === 'string' || what instanceof Uint8Array) writeFileSync(full, what)
    else if ('link' in what) symlinkSync(what.link, full)
    else execFileSync(MAKE_FIFO, [full])
  }
  return folder
}
