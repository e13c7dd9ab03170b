import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../root.ts'
import { isProgram, versionOf } from './programs.ts'

const BENCH = join(ROOT, 'bench')

/**
 * Installs the packages of bench/package.json if they are missing, without their install scripts.
 * @throws Error if npm fails.
 */
export function installPackages(): void {
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8'))
  const isInstalled = Object.entries(dependencies).every(([name, version]) => {
    const file = join(BENCH, 'node_modules', name, 'package.json')
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version
  })
  if (isInstalled) return
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['ci', '--prefix', BENCH, ...flags], { cwd: ROOT, stdio: 'ignore' })
}

export type Package = {
  readonly folder: string
  readonly version: string
  readonly bin: string | undefined
}

/**
 * Finds a package in bench or among the repository's development dependencies.
 * @returns undefined if it is not installed.
 */
export function findPackage(name: string): Package | undefined {
  for (const modules of [join(BENCH, 'node_modules'), join(ROOT, 'node_modules')]) {
    const folder = join(modules, name)
    if (!existsSync(join(folder, 'package.json'))) continue
    const { version, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file: unknown = typeof bin === 'object' ? (bin[name] ?? Object.values(bin)[0]) : bin
    return { folder, version, bin: typeof file === 'string' ? join(folder, file) : undefined }
  }
  return undefined
}

/**
 * Finds Bun's executable in the package for this platform, or where Bun's installer, which need not
 * have run, moves it.
 * @returns undefined if there is none that runs here.
 */
export function findBun(): string | undefined {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  return ['', '-musl']
    .map(libc => findPackage(`@oven/bun-${process.platform}-${arch}${libc}`)?.folder)
    .map(folder => (folder === undefined ? '' : join(folder, 'bin/bun')))
    .concat(findPackage('bun')?.bin ?? '')
    .find(path => isProgram(path) && versionOf(path, '--version') !== undefined)
}
