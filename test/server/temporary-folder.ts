import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** What is at a path: the content of a file, or where a link leads. */
export type Tree = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>

/** A real folder with these files and links in it, by its real path; gone after the test. A path ending in "/" is an empty folder. */
export function temporaryFolder(tree: Tree = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'statewire-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, what] of Object.entries(tree)) {
    const full = join(folder, path)
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true })
    if (path.endsWith('/')) continue
    if (typeof what === 'string' || what instanceof Uint8Array) writeFileSync(full, what)
    else symlinkSync(what.link, full)
  }
  return folder
}
