import { createRequire } from 'node:module'
import type { Reloadable } from './cluster/reloadable-server.ts'
import { configFromPrimary, isPoolWorker } from './cluster/worker.ts'
import { WorkerPool } from './cluster/worker-pool.ts'
import { formatIssue } from './config/config-issue.ts'
import { inheritedSockets } from './config/inherited-sockets.ts'
import { type LoadResult, loadConfig } from './config/load-config.ts'
import { openFilesSoftLimit } from './config/open-files-limit.ts'
import type { Config } from './config/settings.ts'
import { createLog, type Log } from './log/log.ts'
import { serveAsWorker, serveReloadable } from './serve.ts'
import { ListenError } from './server.ts'

/** Exit codes: what was asked for is not valid; it is, and cannot be had. */
const INVALID = 2
const FAILED = 1

/** Signals that reach all processes of a terminal. Workers end when the primary process tells them to. */
const OF_TERMINAL = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/**
 * The `statewire` command, for programs that wrap it: reads the arguments, the environment and the configuration file, serves until
 * a signal comes, and sets the exit code.
 *
 * @example
 * await runCommandLine(['--version'])
 */
export async function runCommandLine(
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  if (isPoolWorker) return runWorker()
  const outcome = await load(argv)
  switch (outcome.kind) {
    case 'print':
      process.stdout.write(outcome.text)
      return
    case 'version':
      process.stdout.write(`${version()}\n`)
      return
    case 'invalid':
      for (const issue of outcome.issues) complain(formatIssue(issue))
      complain('statewire --help tells what is allowed')
      process.exitCode = INVALID
      return
    case 'run':
      return run(outcome.config, argv)
  }
}

function load(argv: readonly string[]): Promise<LoadResult> {
  return loadConfig({
    argv,
    env: process.env,
    cwd: process.cwd(),
    stdoutIsTerminal: process.stdout.isTTY === true,
    openFilesSoftLimit,
    inherited: inheritedSockets(process.env, process.pid),
  })
}

async function runWorker(): Promise<void> {
  for (const signal of OF_TERMINAL) process.on(signal, () => {})
  const config = await configFromPrimary()
  // It has told the primary process, which says it once for all.
  await serveAsWorker(config, {}, createLog(config.logLevel)).catch(() => {})
}

async function run(config: Config, argv: readonly string[]): Promise<void> {
  const log = createLog(config.logLevel)
  let server: Reloadable
  try {
    server = await serveReloadable(config, log)
  } catch (error) {
    explain(error, config)
    return
  }
  if (server instanceof WorkerPool) server.once('error', () => process.exit(FAILED))
  const ending = endOnSignal(server, log)
  // That of a terminal which is closed ends what runs on it.
  if (process.stderr.isTTY) process.on('SIGHUP', ending)
  else process.on('SIGHUP', reloading(server, log, argv))
  announce(server, config, log)
}

function announce(server: Reloadable, config: Config, log: Log): void {
  const { urls, readStrategy } = server
  const { root, workers } = config
  const lines = [
    `statewire ${version()} serves ${root}`,
    ...urls.map(url => `  ${url}`),
    `${workers} worker${workers === 1 ? '' : 's'}, ${readStrategy} reads. Ctrl-C ends it.`,
  ]
  log.info(
    { urls, root, workers, readStrategy },
    process.stderr.isTTY ? lines.join('\n') : 'listening',
  )
}

/** The first signal drains, the second cuts off. */
function endOnSignal(server: Reloadable, log: Log): (signal: NodeJS.Signals) => Promise<void> {
  let signals = 0
  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    signals++
    if (signals === 1) {
      process.removeAllListeners('SIGHUP').on('SIGHUP', () => {})
      log.info({ signal }, `${signal}: finishing what is in flight; once more ends it now`)
      process.exit((await server.drain()) ? 0 : FAILED)
    }
    await server.close()
    process.exit(FAILED)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return onSignal
}

/** Reads the configuration anew and has the server go by it; one that is wrong is told as at the start, and the old one stays. */
function reloading(server: Reloadable, log: Log, argv: readonly string[]): () => void {
  const reload = async (): Promise<void> => {
    const refuse = (problem: string): void => log.error({ problem }, `not reloaded: ${problem}`)
    const outcome = await load(argv)
    if (outcome.kind === 'invalid') return outcome.issues.map(formatIssue).forEach(refuse)
    if (outcome.kind !== 'run') return
    const { config } = outcome
    const newLog = createLog(config.logLevel)
    try {
      await server.reload(config, newLog)
    } catch (error) {
      return refuse(reasonOf(error, config))
    }
    const { urls, readStrategy } = server
    newLog.info({ urls, root: config.root, workers: config.workers, readStrategy }, 'reloaded')
  }
  // One after the other.
  let last = Promise.resolve()
  return () => {
    log.info({ signal: 'SIGHUP' }, 'SIGHUP: reading the configuration again')
    last = last.then(reload)
  }
}

/** One clear line for what keeps a server from starting. */
function explain(error: unknown, config: Config): void {
  complain(reasonOf(error, config))
  process.exitCode = rootProblem(error) === undefined ? FAILED : INVALID
}

function reasonOf(error: unknown, { root }: Config): string {
  const reason = rootProblem(error)
  return reason === undefined ? (error as Error).message : `the root ${root}: ${reason}`
}

/** What is wrong with the root, if that is what it is. */
function rootProblem(error: unknown): string | undefined {
  if (error instanceof ListenError) return undefined
  return {
    ENOENT: 'there is no such folder',
    ENOTDIR: 'it is not a folder',
    EACCES: 'it may not be read',
  }[(error as NodeJS.ErrnoException).code ?? '']
}

function complain(line: string): void {
  process.stderr.write(`statewire: ${line}\n`)
}

function version(): string {
  // By its name, for this file may be part of a bundle that lies elsewhere.
  return createRequire(import.meta.url)('statewire/package.json').version
}
