import cluster from 'node:cluster'
import { createRequire } from 'node:module'
import { inheritedSockets } from './config/inherited.ts'
import { loadConfig } from './config/load-config.ts'
import { openFilesSoftLimit } from './config/open-files-limit.ts'
import { formatProblem } from './config/problem.ts'
import type { Config } from './config/settings.ts'
import { createLog, type Log } from './log.ts'
import { serveConfig } from './serve.ts'
import { ListenError, type RunningServer } from './server.ts'

/** Exit codes: what was asked for is not valid; it is, and cannot be had. */
const INVALID = 2
const FAILED = 1

/**
 * The `statewire` command, for programs that wrap it: reads the arguments, the environment and the configuration file, serves until
 * a signal comes, and sets the exit code.
 *
 * @example
 * await runCommandLine(['--version'])
 */
export async function runCommandLine(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const outcome = await loadConfig({
    argv,
    env: process.env,
    cwd: process.cwd(),
    stdoutIsTerminal: process.stdout.isTTY === true,
    openFilesSoftLimit,
    inherited: inheritedSockets(process.env, process.pid),
  })
  switch (outcome.kind) {
    case 'print':
      process.stdout.write(outcome.text)
      return
    case 'version':
      process.stdout.write(`${version()}\n`)
      return
    case 'invalid':
      for (const problem of outcome.problems) complain(formatProblem(problem))
      complain('statewire --help tells what is allowed')
      process.exitCode = INVALID
      return
    case 'run':
      return run(outcome.config)
  }
}

async function run(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  let server: RunningServer
  try {
    server = await serveConfig(config, {}, log)
  } catch (error) {
    // A worker has told the primary process, which says it once for all.
    if (cluster.isPrimary) explain(error, config)
    return
  }
  if (cluster.isWorker) {
    // Ctrl-C reaches all processes of a terminal; workers end when the primary process tells them to.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
    return
  }
  endOnSignal(server, log)
  announce(server, config, log)
}

function announce(server: RunningServer, config: Config, log: Log): void {
  const { urls, readStrategy } = server
  const { root, workers } = config
  const lines = [
    `statewire ${version()} serves ${root}`,
    ...urls.map(url => `  ${url}`),
    `${workers} worker${workers === 1 ? '' : 's'}, ${readStrategy} reads. Ctrl-C ends it.`,
  ]
  log.info({ urls, root, workers, readStrategy }, process.stderr.isTTY ? lines.join('\n') : 'listening')
}

/** The first signal drains, the second cuts off. */
function endOnSignal(server: RunningServer, log: Log): void {
  let signals = 0
  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    signals++
    if (signals === 1) {
      log.info({ signal }, `${signal}: finishing what is in flight; once more ends it now`)
      process.exit((await server.drain()) ? 0 : FAILED)
    }
    await server.close()
    process.exit(FAILED)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** One clear line for what keeps a server from starting. */
function explain(error: unknown, { root }: Config): void {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof ListenError) {
    complain(message)
    process.exitCode = FAILED
    return
  }
  const reason = {
    ENOENT: 'there is no such folder',
    ENOTDIR: 'it is not a folder',
    EACCES: 'it may not be read',
  }[code ?? '']
  complain(reason === undefined ? message : `the root ${root}: ${reason}`)
  process.exitCode = reason === undefined ? FAILED : INVALID
}

function complain(line: string): void {
  process.stderr.write(`statewire: ${line}\n`)
}

function version(): string {
  // By its name, for this file may be part of a bundle that lies elsewhere.
  return createRequire(import.meta.url)('statewire/package.json').version
}
