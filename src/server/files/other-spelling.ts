import type { FileOperation } from './file-access.ts'
import {
  type ResolvedPath,
  type ResolveOptions,
  resolvePath,
  type SitePath,
  sameSegments,
} from './resolve-path.ts'
import type { SiteRoot } from './site-root.ts'

/** A path in the spelling of the file system, and what it leads to. */
export type OtherSpelling = { readonly path: SitePath; readonly found: ResolvedPath }

/**
 * Finds a missing path in another Unicode form (UAX #15): with composed characters, as they are
 * typed (NFC), or decomposed, as macOS once stored them (NFD). Each segment may have its own form.
 *
 * @returns undefined if the path leads to nothing in any form
 */
export function* findOtherSpelling(
  root: SiteRoot,
  { segments, isFolder }: SitePath,
  options: ResolveOptions,
): FileOperation<OtherSpelling | undefined> {
  if (!hasForms(segments)) return undefined
  const folder: string[] = []
  for (const segment of segments.slice(0, -1)) {
    let name: string | undefined
    for (const form of formsOf(segment)) {
      if ((yield* root.stat([...folder, form])).kind !== 'folder') continue
      name = form
      break
    }
    if (name === undefined) return undefined
    folder.push(name)
  }
  for (const form of formsOf(segments.at(-1)!)) {
    const path = { segments: [...folder, form], isFolder }
    if (sameSegments(path.segments, segments)) continue
    const found = yield* resolvePath(root, path, options)
    if (found.kind !== 'missing') return { path, found }
  }
  return undefined
}

/** Whether a path may have other forms: ASCII characters have one only. */
export function hasForms(segments: readonly string[]): boolean {
  return segments.some(segment => /[^\0-\x7f]/.test(segment))
}

/** The forms of a name, its own first. */
function formsOf(name: string): ReadonlySet<string> {
  return new Set([name, name.normalize('NFC'), name.normalize('NFD')])
}
