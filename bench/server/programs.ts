import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT } from '../root.ts'

/**
 * Finds the first of several programs. It also looks in sbin, where Debian puts servers and which
 * the PATH of a user leaves out.
 * @returns undefined if none is installed.
 */
export function programPath(...names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(isProgram)
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Returns the first version number that a program prints, on stdout or stderr.
 * @returns undefined if it prints none.
 */
export function versionOf(path: string, flag: string): string | undefined {
  const { stdout, stderr } = spawnSync(path, [flag], { encoding: 'utf8', timeout: 10_000 })
  return /\d+\.\d+(?:\.\d+)*/.exec(`${stdout}${stderr}`)?.[0]
}

/**
 * Compiles a C file of bench/server into a folder and returns the program's path.
 * @returns undefined if there is no compiler.
 */
export function compile(file: string, folder: string): string | undefined {
  const compiler = programPath('cc', 'gcc', 'clang')
  if (compiler === undefined) return undefined
  const program = join(folder, file.replace(/.*\//, '').replace('.c', ''))
  const source = join(ROOT, 'bench/server', file)
  execFileSync(compiler, ['-O2', '-D_GNU_SOURCE', '-o', program, source])
  return program
}
