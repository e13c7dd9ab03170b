import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The files that the peers serve. They differ in length, and none is served under two names. */
const FILES: Readonly<Record<string, string>> = {
  'index.html':
    '<!doctype html><title>Peers</title><a href="a.txt">a</a> <a href="b.txt">b</a> <a href="c.css">c</a>\n',
  'a.txt': 'The thousand bytes of the table.\n'.padEnd(
    1000,
    '0123456789abcdefghijklmnopqrstuvwxyz\n',
  ),
  'b.txt': 'Another file, and shorter.\n',
  'c.css': 'body { color: black }\n',
}

/** Creates a folder with the files, and returns it with a function that removes it. */
export function makePeerSite(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-fuzz-'))
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), content)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
