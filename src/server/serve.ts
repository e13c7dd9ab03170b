import cluster from 'node:cluster'
import { changeToUser } from './cluster/privileges.ts'
import { type Reloadable, ReloadableServer } from './cluster/reloadable-server.ts'
import {
  asWorker,
  followPrimary,
  isPoolWorker,
  metricsTextFromPrimary,
  reportFailure,
} from './cluster/worker.ts'
import type { WorkerPool } from './cluster/worker-pool.ts'
import { type Address, formatAddress } from './config/address.ts'
import type { Config } from './config/config.ts'
import { configFromOptions } from './config/load-config.ts'
import { openFilesSoftLimit } from './config/open-files.ts'
import type { ConfigOptions } from './config/rule-options.ts'
import { systemClock } from './connection/clock.ts'
import { withoutDescriptorPaths } from './files/node-file-system.ts'
import { requireSinglePages } from './files/require-single-pages.ts'
import type { FetchHandler } from './handler/fetch-handler.ts'
import type { Handlers } from './handler/handlers.ts'
import { AccessLog } from './log/access-log.ts'
import { stdoutOutput } from './log/line-output.ts'
import { createLog, type Log } from './log/log.ts'
import { type RunningServer, Server, type ServerOptions } from './server.ts'

/** The options of `serve()`: the settings by their names in camelCase, and handlers. */
export interface ServeOptions extends ConfigOptions {
  /** Functions that respond to requests, by path. The default is none. */
  readonly handlers?: Handlers
  /**
   * A handler of the Web, such as `app.fetch` of Hono, h3 or itty-router. It is asked where no file
   * is found, and for methods other than GET and HEAD. The default is none.
   */
  readonly fetch?: FetchHandler
  /**
   * Whether `fetch` is asked before the files, which are sent where its response is a 404. The
   * default is false.
   */
  readonly fetchFirst?: boolean
}

/** What responds to requests besides the files. */
type RequestHandlers = Pick<ServerOptions, 'handlers' | 'fetch'>

/**
 * Starts a server. Resolves when it listens. With `workers` above 1, `node:cluster` runs the
 * program again in each worker, and there this function serves.
 *
 * @throws ConfigError for invalid options, naming all of them; ListenError for an address that the
 *   server cannot listen on
 *
 * @example
 * const server = await serve({
 *   root: 'examples/site',
 *   listeners: ['127.0.0.1:0'],
 *   handlers: { '/hello': (request, reply) => reply.send(`Hello ${request.query.get('name')}`) },
 * })
 * const response = await fetch(`${server.urls[0]}/hello?name=you`)
 * await response.text() // => 'Hello you'
 * await server.drain() // => true
 */
export async function serve(options: ServeOptions = {}): Promise<RunningServer> {
  const { handlers = {}, fetch: handler, fetchFirst: isFirst = false, ...settings } = options
  const fetch = handler && { handler, isFirst }
  const environment = { cwd: process.cwd(), stdoutIsTerminal: false, openFilesSoftLimit }
  const config = await configFromOptions(settings, environment)
  const server = await start(config, { handlers, fetch }, createLog(config.logLevel))
  // The caller can add a listener before the event.
  setImmediate(() => server.emit('listening', server.urls))
  return server
}

async function start(config: Config, handlers: RequestHandlers, log: Log): Promise<RunningServer> {
  if (cluster.isWorker) return serveAsWorker(config, handlers, log)
  warnWithoutProc(config, log)
  await requireSinglePages(config)
  return needsPool(config) ? startPool(config, log) : startServer(config, handlers, log)
}

/**
 * Starts the server of the command. `onFailure` is called if it ends because no worker can run.
 *
 * @throws ConfigError for a page of a single-page application that is missing
 * @internal
 */
export async function serveReloadable(
  config: Config,
  log: Log,
  onFailure: () => void,
): Promise<Reloadable> {
  warnWithoutProc(config, log)
  await requireSinglePages(config)
  if (needsPool(config)) return (await startPool(config, log)).once('error', onFailure)
  return ReloadableServer.start(
    (config, log, previous) => startServer(config, { handlers: {} }, log, previous),
    config,
    log,
  )
}

/** Starts the server of a worker, which follows the primary process. @internal */
export async function serveAsWorker(
  config: Config,
  handlers: RequestHandlers,
  log: Log,
): Promise<Server> {
  try {
    if (config.user !== undefined) changeToUser(config.user)
    const server = await startServer(asWorker(config), handlers, log)
    followPrimary(server)
    return server
  } catch (error) {
    reportFailure(error)
    throw error
  }
}

function warnWithoutProc({ symlinks, hosts }: Config, log: Log): void {
  const modes = [symlinks, ...hosts.map(({ settings }) => settings.symlinks)]
  if (withoutDescriptorPaths === undefined || modes.every(mode => mode === 'anywhere')) return
  const reason = withoutDescriptorPaths
  log.warn(
    { reason },
    `${reason}: whether a file lies in the root is checked by its name, which takes longer`,
  )
}

/** With a user, a primary process keeps the rights to listen and to read at a reload. */
function needsPool({ workers, user }: Config): boolean {
  return workers > 1 || user !== undefined
}

async function startPool(config: Config, log: Log): Promise<WorkerPool> {
  warnOfPublicMetrics(config, log)
  const { WorkerPool } = await import('./cluster/worker-pool.ts')
  return WorkerPool.start(config, log)
}

function startServer(
  config: Config,
  handlers: RequestHandlers,
  log: Log,
  previous?: Server,
): Promise<Server> {
  if (!cluster.isWorker) warnOfPublicMetrics(config, log)
  const options = {
    ...handlers,
    log,
    accessLog: createAccessLog(config, log),
    metricsText: isPoolWorker ? metricsTextFromPrimary : undefined,
  }
  return Server.start(config, options, previous)
}

/** Logs where everyone can read the metrics. */
function warnOfPublicMetrics({ metrics, listeners }: Config, log: Log): void {
  const open = listeners.filter(address => metrics && !isPrivate(address)).map(formatAddress)
  if (open.length > 0)
    log.warn(
      { listeners: open },
      `/-/metrics is served to all clients of ${open.join(', ')}; ` +
        'use metrics-address, such as 127.0.0.1:9464, to keep it apart',
    )
}

/** Whether only this machine reaches an address, as far as its form says. */
function isPrivate(address: Address): boolean {
  return 'path' in address || ('host' in address && /^(?:127\.|::1$|localhost$)/.test(address.host))
}

function createAccessLog({ accessLog: form }: Config, log: Log): AccessLog | undefined {
  if (form === 'off') return undefined
  const onProblem = (message: string): void => log.warn(message)
  return new AccessLog({
    form,
    output: stdoutOutput,
    shared: cluster.isWorker,
    clock: systemClock,
    onProblem,
  })
}
