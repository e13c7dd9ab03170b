import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Command, EXAMPLE_SITE, RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const DIST = join(import.meta.dirname, '../../dist')
const HOOK = join(import.meta.dirname, 'loaded-files.mjs')

type Started = { readonly folder: TemporaryFolder; readonly env: Record<string, string> }

function prepare(toml?: string): Started {
  const folder = new TemporaryFolder(toml === undefined ? {} : { 'statewire.toml': toml })
  const output = new TemporaryFolder()
  onTestFinished(() => {
    for (const it of [folder, output]) it.remove()
  })
  return { folder, env: { NODE_OPTIONS: `--import=${HOOK}`, LOADED_FILES: output.path } }
}

/** Returns the files that each process has loaded. */
function loadedFiles({ env }: Started): string[][] {
  const output = env.LOADED_FILES!
  return readdirSync(output).map(file => readFileSync(join(output, file), 'utf8').split('\n'))
}

/** Returns the files that each process of a command loads until it has responded and drained. */
async function filesOfRun(args: readonly string[], toml?: string): Promise<string[][]> {
  const started = prepare(toml)
  const { folder, env } = started
  const server = await RunningServer.start([EXAMPLE_SITE, ...args], { cwd: folder.path, env })
  const response = await fetch(server.url)
  await response.text()
  await server.stop()
  return loadedFiles(started)
}

describe('the command', () => {
  it('starts from one file, and loads pino with the first line of the log', async () => {
    expect(await filesOfRun([])).toEqual([['cli.cjs', 'pino.cjs']])
  })

  it('loads nothing else if nothing is logged', async () => {
    const started = prepare()
    const { folder, env } = started
    const socketPath = join(folder.path, 'socket')
    const flags = ['--log-level', 'error', '--address', `unix:${socketPath}`]
    const command = new Command([EXAMPLE_SITE, ...flags], { cwd: folder.path, env })
    onTestFinished(() => command.kill())
    await vi.waitUntil(() => existsSync(socketPath), { timeout: 20_000 })
    expect(await statusFrom(socketPath)).toBe(200)
    expect(await command.stop()).toBe(0)
    expect(loadedFiles(started)).toEqual([['cli.cjs']])
  })

  it('has neither pino, nor the schemas of rules, nor the TOML parser in that file', () => {
    const textOf = (file: string): string => readFileSync(join(DIST, file), 'utf8')
    expect(textOf('cli.cjs')).not.toMatch(/SonicBoom|"ZodError"|TOMLParser/)
    expect(textOf('cli.cjs')).toContain('RequestParser')
    expect(textOf('bundled/pino.cjs')).toContain('SonicBoom')
    expect(textOf('bundled/rules-schema.cjs')).toContain('"ZodError"')
  })

  it('loads the TOML parser for a file, and the schemas for rules', async () => {
    const [settings] = await filesOfRun([], 'list = true')
    expect(settings).toHaveLength(3)
    const [rules] = await filesOfRun([], '[[cache]]\nmatch = "/a"\nseconds = 1')
    expect(rules).toHaveLength(4)
    expect(rules).toContain('rules-schema.cjs')
  })

  it('loads the worker pool and pino in the primary process only', async () => {
    const processes = await filesOfRun(['--workers', '2'])
    expect(processes.map(files => files.join(' ')).sort()).toEqual([
      ...['cli.cjs', 'cli.cjs', 'cli.cjs worker-pool.cjs pino.cjs'],
    ])
  })
})

/** Requests `/` and returns the status. */
function statusFrom(socketPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ socketPath, agent: false }, response => {
      response.resume().on('end', () => resolve(response.statusCode))
    }).on('error', reject)
  })
}

describe('the library', () => {
  it('imports neither all of zod, nor pino, nor the TOML parser before they are needed', () => {
    expect(packagesBehind(join(DIST, 'index.js'))).toEqual([
      ...['leven', 'mime/types/other.js', 'mime/types/standard.js', 'zod/mini'],
    ])
  })
})

/** Returns the packages that a module imports statically, itself or through others. */
function packagesBehind(entry: string): string[] {
  const packages = new Set<string>()
  const visited = new Set<string>()
  const visit = (file: string): void => {
    if (visited.has(file)) return
    visited.add(file)
    const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export) [^;]*?from '([^']+)'/gm)
    for (const [, specifier = ''] of imports)
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier))
      else if (!specifier.startsWith('node:')) packages.add(specifier)
  }
  visit(entry)
  return [...packages].sort()
}

describe('a page of a single-page application that is missing', () => {
  it.each([
    ['a flag', ['--single=app.html'], '', '--single app.html'],
    ['a flag, with workers', ['--single=app.html', '--workers=2'], '', '--single app.html'],
    ['a file', [], 'single = "app.html"\n', 'statewire.toml:1 single = "app.html"'],
    [
      'a host in a file',
      [],
      '[[hosts]]\nname = "a.example"\nroot = "."\nsingle = "app.html"\n',
      'statewire.toml:4 single = "app.html"',
    ],
  ])('ends the start with code 2: %s', async (_, args, toml, place) => {
    const folder = new TemporaryFolder({ 'index.html': 'home', 'statewire.toml': toml })
    onTestFinished(() => folder.remove())
    const command = new Command(args, { cwd: folder.path })
    onTestFinished(() => command.kill())
    expect((await command.ended).code).toBe(2)
    const message = `must be the name of a file below the root ${folder.path}, which has no /app.html`
    expect(command.stderr).toBe(`statewire: ${place}: ${message}\n`)
  })
})
