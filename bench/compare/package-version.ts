import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of an installed npm package; undefined if it is not installed. */
export function packageVersion(name: string, folder = '.'): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
