import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT } from '../root.ts'

const BENCH = join(ROOT, 'bench')

/** Where a program is, or undefined. Debian has servers in sbin, which users' paths leave out. */
export function programPath(...names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** What a program says of its version, on either stream, as far as it looks like one. */
export function versionOf(path: string, flag: string): string | undefined {
  const { stdout, stderr } = spawnSync(path, [flag], { encoding: 'utf8', timeout: 10_000 })
  return /\d+\.\d+(?:\.\d+)*/.exec(`${stdout}${stderr}`)?.[0]
}

/** Installs what bench/package.json names where it is not there yet, without running what packages bring; throws where that fails. */
export function installPackages(): void {
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8'))
  const isInstalled = Object.entries(dependencies).every(([name, version]) => {
    const file = join(BENCH, 'node_modules', name, 'package.json')
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version
  })
  if (isInstalled) return
  const args = [
    'ci',
    '--prefix',
    BENCH,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  execFileSync('npm', args, { cwd: ROOT, stdio: 'ignore' })
}

export type Package = {
  readonly folder: string
  readonly version: string
  readonly bin: string | undefined
}

/** A package of the benchmarks, or of the repository's own development. */
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

/** Bun's own program, out of the package for this platform: its installer, which links it, is not run. */
export function findBun(): string | undefined {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  return ['', '-musl']
    .map(libc => findPackage(`@oven/bun-${process.platform}-${arch}${libc}`)?.folder)
    .map(folder => (folder === undefined ? '' : join(folder, 'bin/bun')))
    .find(path => isProgram(path) && versionOf(path, '--version') !== undefined)
}

/** Compiles one of our C files; undefined where there is no compiler. */
export function compile(source: string, folder: string): string | undefined {
  const compiler = programPath('cc', 'gcc', 'clang')
  if (compiler === undefined) return undefined
  const program = join(folder, source.replace(/.*\//, '').replace('.c', ''))
  execFileSync(compiler, ['-O2', '-D_GNU_SOURCE', '-o', program, join(BENCH, 'server', source)])
  return program
}
