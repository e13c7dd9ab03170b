import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatInput } from '../input-file.ts'

/** Relative to the working folder, which npm sets to the package's. */
const FOLDER = 'fuzz/corpus/regressions'
const HASH_DIGITS = 10

/**
 * Saves an input that broke a property, so that every `npm test` checks it again. The file name is
 * made from a hash: the same input is saved once.
 *
 * @returns the path of the file
 */
export function saveRegression(property: string, input: unknown): string {
  const text = formatInput(property, input)
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
  const file = join(FOLDER, `${property}-${hash}.json`)
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(file, text)
  return file
}
