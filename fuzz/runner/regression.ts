import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatInput } from '../input-file.ts'

/** From the working folder, which npm makes the package's own. */
const FOLDER = 'fuzz/corpus/regressions'
const HASH_DIGITS = 10

/** Keeps an input that broke a property, for `npm test` to try for ever. The same input is kept once. */
export function keepRegression(property: string, input: unknown): string {
  const text = formatInput(property, input)
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
  const file = join(FOLDER, `${property}-${hash}.json`)
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(file, text)
  return file
}
