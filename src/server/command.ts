import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { isRoot } from './cluster/privileges.ts'
import type { Reloadable } from './cluster/reloadable-server.ts'
import { configFromPrimary, isPoolWorker } from './cluster/worker.ts'
import type { Config } from './config/config.ts'
import { ConfigError, formatIssue, oneLine } from './config/config-issue.ts'
import { type LoadResult, loadConfig } from './config/load-config.ts'
import { openFilesSoftLimit } from './config/open-files.ts'
import { inheritedSockets } from './config/variables.ts'
import { requireSinglePages } from './files/require-single-pages.ts'
import { RootError } from './files/sites.ts'
import { stderrOutput } from './log/line-output.ts'
import { createLog, type Log } from './log/log.ts'
import { serveAsWorker, serveReloadable } from './serve.ts'

/** Exit codes: the configuration is invalid; it is valid, and the server cannot start. */
const INVALID = 2
const FAILED = 1

type Runnable = Extract<LoadResult, { readonly kind: 'run' }>
type RootLocations = Runnable['rootLocations']

const STDOUT = 1
const STDERR = 2

/**
 * Signals that a terminal sends to all its processes. Workers ignore them: the primary ends them.
 */
const TERMINAL_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/**
 * Runs the `statewire` command, for programs that wrap it: reads the arguments, the environment and
 * the configuration file, serves until a signal arrives, and sets the exit code.
 *
 * @example
 * await runCommandLine(['--version'])
 */
export async function runCommandLine(
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  if (isPoolWorker) return runWorker()
  const result = await load(argv)
  switch (result.kind) {
    case 'print':
      process.stdout.write(result.text)
      return
    case 'version':
      process.stdout.write(`${version()}\n`)
      return
    case 'invalid':
      for (const issue of result.issues) complain(formatIssue(issue))
      result.help.forEach(complain)
      process.exitCode = INVALID
      return
    case 'run':
      return run(result, argv)
  }
}

function load(argv: readonly string[]): Promise<LoadResult> {
  return loadConfig({
    argv,
    env: process.env,
    cwd: process.cwd(),
    stdoutIsTerminal: isatty(STDOUT),
    openFilesSoftLimit,
    inherited: inheritedSockets(process.env, process.pid),
  })
}

async function runWorker(): Promise<void> {
  for (const signal of TERMINAL_SIGNALS) process.on(signal, () => {})
  const config = await configFromPrimary()
  // The primary process has received the error, and reports it once for all workers.
  await serveAsWorker(config, { handlers: {} }, createLog(config.logLevel)).catch(() => {})
}

async function run({ config, rootLocations }: Runnable, argv: readonly string[]): Promise<void> {
  const log = createLog(config.logLevel)
  let server: Reloadable
  try {
    server = await serveReloadable(config, log, () => process.exit(FAILED))
  } catch (error) {
    explain(error, rootLocations)
    return
  }
  const ending = endOnSignal(server, log)
  // A terminal sends SIGHUP when it closes, which ends what runs on it.
  if (isatty(STDERR)) process.on('SIGHUP', ending)
  else process.on('SIGHUP', reloading(server, log, argv))
  announce(server, config, log)
  if (config.user === undefined && isRoot())
    log.warn('the server runs as root; use user, such as --user www-data, to drop its rights')
}

function announce(server: Reloadable, config: Config, log: Log): void {
  const { urls, readStrategy, metricsUrls } = server
  const { root, workers } = config
  const metrics = metricsUrls.length > 0 ? { metricsUrls } : {}
  const fields = { urls, ...metrics, root, workers, readStrategy }
  if (!isatty(STDERR)) return log.info(fields, 'listening')
  const lines = [
    `statewire ${version()} serves ${root}`,
    ...urls.map(url => `  ${url}`),
    ...metricsUrls.map(url => `  ${url}/metrics`),
    `${workers} worker${workers === 1 ? '' : 's'}, ${readStrategy} reads. Ctrl-C stops it.`,
  ]
  log.info(fields, lines.join('\n'))
}

/** The first signal drains, the second closes everything. */
function endOnSignal(server: Reloadable, log: Log): (signal: NodeJS.Signals) => Promise<void> {
  let signals = 0
  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    signals++
    if (signals === 1) {
      process.removeAllListeners('SIGHUP').on('SIGHUP', () => {})
      log.info(
        { signal },
        `${signal}: finishing the requests in flight; a second signal stops at once`,
      )
      process.exit((await server.drain()) ? 0 : FAILED)
    }
    await server.close()
    process.exit(FAILED)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return onSignal
}

/** Reloads the configuration. If it is invalid, its issues are logged and the old one stays. */
function reloading(server: Reloadable, log: Log, argv: readonly string[]): () => void {
  const reload = async (): Promise<void> => {
    const refuse = (problem: string): void => log.error({ problem }, `not reloaded: ${problem}`)
    let roots: RootLocations | undefined
    try {
      const result = await load(argv)
      if (result.kind === 'invalid')
        return [...result.issues.map(formatIssue), ...result.help.slice(1)].forEach(refuse)
      if (result.kind !== 'run') return
      const { config } = result
      roots = result.rootLocations
      await requireSinglePages(config)
      const newLog = createLog(config.logLevel)
      await server.reload(config, newLog)
      const { urls, readStrategy } = server
      newLog.info({ urls, root: config.root, workers: config.workers, readStrategy }, 'reloaded')
    } catch (error) {
      if (error instanceof ConfigError) return error.issues.map(formatIssue).forEach(refuse)
      refuse(roots === undefined ? String(error) : reasonOf(error, roots))
    }
  }
  // One reload at a time.
  let last = Promise.resolve()
  return () => {
    log.info({ signal: 'SIGHUP' }, 'SIGHUP: reading the configuration again')
    last = last.then(reload)
  }
}

/** Explains in a line for each issue why the server cannot start. */
function explain(error: unknown, roots: RootLocations): void {
  if (error instanceof ConfigError) {
    for (const issue of error.issues) complain(formatIssue(issue))
    process.exitCode = INVALID
    return
  }
  complain(reasonOf(error, roots))
  process.exitCode = error instanceof RootError ? INVALID : FAILED
}

/** Names a root by the place where it was given, if that is not the default. */
function reasonOf(error: unknown, roots: RootLocations): string {
  const location = error instanceof RootError ? roots.get(error.root) : undefined
  if (!(error instanceof RootError) || location === undefined) return (error as Error).message
  const path = location.includes(error.root) ? '' : ` (${error.root})`
  return oneLine(`${location}: ${error.problem}${path}`)
}

function complain(line: string): void {
  stderrOutput.write(Buffer.from(`statewire: ${line}\n`))
}

function version(): string {
  // By package name: this file may be part of a bundle that lies elsewhere.
  return createRequire(import.meta.url)('statewire/package.json').version
}
