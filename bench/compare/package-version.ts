import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of a package as npm has installed it, from the folder it is started in. */
export function packageVersion(name: string, folder = '.'): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
