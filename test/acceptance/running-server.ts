import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url))
/** The example site of the repository. */
export const EXAMPLE_SITE: string = fileURLToPath(new URL('../../examples/site', import.meta.url))

/** The Node executable for the server, which may be another version than that of the tests. */
const NODE = process.env.STATEWIRE_TEST_NODE || process.execPath
/** Generous, because the machine may be busy. */
const START_MS = 30_000
const STOP_MS = 15_000

/** Covers /proc in a mount namespace of its own. */
const MOUNT = '/usr/bin/mount -t tmpfs none /proc && exec "$0" "$@"'
const WITHOUT_PROC = ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', MOUNT]

/** Returns why no program can run without /proc, or undefined if one can. */
export function whyNotWithoutProc(): string | undefined {
  const [program, ...args] = [...WITHOUT_PROC, '/bin/true']
  const { status } = spawnSync(program!, args, { stdio: 'ignore' })
  return status === 0 ? undefined : 'this user cannot mount'
}

/** How the message begins that a server logs which runs as root. */
export const ROOT_WARNING = 'the server runs as root'

export type RunOptions = {
  /** The working folder; by default one without a statewire.toml. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Drops root's power over file modes and low ports, if the tests run as root. */
  readonly unprivileged?: boolean
  /** Runs where /proc is not mounted. */
  readonly withoutProc?: boolean
  /** The limit of open files, including sockets. */
  readonly openFiles?: number
  /** Does not read stdout, so that its pipe fills up. */
  readonly unreadStdout?: boolean
  /**
   * Runs on a terminal. stderr then arrives on stdout, and the server is a child of the process.
   */
  readonly terminal?: boolean
  /** Descriptors of listening sockets to pass on, as systemd does. */
  readonly sockets?: readonly number[]
}

/** A line of the log. */
export type LogLine = {
  readonly level: string
  readonly msg: string
  readonly pid: number
  readonly [key: string]: unknown
}

/** How a process ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** The `statewire` command as a process, as users run it. */
export class Command {
  readonly process: ChildProcess
  /** The output so far. */
  stdout = ''
  stderr = ''
  /** Resolves when the process has ended and all of its output has been read. */
  readonly ended: Promise<Ending>
  readonly #changes = new EventEmitter()

  constructor(args: readonly string[], options: RunOptions = {}) {
    const command = [
      ...(options.withoutProc ? WITHOUT_PROC : []),
      ...(options.openFiles === undefined ? [] : limited(options.openFiles)),
      ...(options.unprivileged ? unprivileged() : [NODE]),
      CLI,
      ...args,
    ]
    const { sockets = [] } = options
    const [program, ...rest] = options.terminal
      ? onTerminal(command)
      : sockets.length > 0
        ? withSockets(command, sockets.length)
        : command
    this.process = spawn(program!, rest, {
      cwd: options.cwd ?? tmpdir(),
      env: { ...cleanEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', ...sockets],
    })
    const { stdout, stderr } = this.process
    if (!options.unreadStdout)
      stdout!.setEncoding('utf8').on('data', text => {
        this.stdout += text
        this.#changes.emit('change')
      })
    stderr!.setEncoding('utf8').on('data', text => {
      this.stderr += text
      this.#changes.emit('change')
    })
    this.process.on('exit', () => stdout!.resume())
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject)
      this.process.on('close', (code, signal) => {
        resolve({ code, signal })
        this.#changes.emit('change')
      })
    })
    this.#changes.setMaxListeners(0)
  }

  /** Runs a command to its end. */
  static async run(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<Ending & { readonly stdout: string; readonly stderr: string }> {
    const command = new Command(args, options)
    const ending = await command
      .#bounded(command.ended, STOP_MS, 'the command did not end')
      .finally(() => command.kill())
    return { ...ending, stdout: command.stdout, stderr: command.stderr }
  }

  get pid(): number {
    return this.process.pid!
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  /** The complete lines of stdout so far. */
  get stdoutLines(): string[] {
    return this.stdout.split('\n').slice(0, -1)
  }

  /**
   * The log so far, without the warning of a server that runs as root, as the tests may. Throws if
   * stderr has a line that is not a log line.
   */
  get log(): LogLine[] {
    return this.stderr
      .split('\n')
      .slice(0, -1)
      .map(line => {
        if (!line.startsWith('{'))
          throw new Error(`stderr has a line that is not of the log:\n${this.#output()}`)
        return JSON.parse(line)
      })
      .filter(({ msg }) => !msg.startsWith(ROOT_WARNING))
  }

  /** Resolves to the `count`-th line of the log with a matching message, past or future. */
  async logged(message: RegExp, count = 1): Promise<LogLine> {
    const find = () => this.log.filter(line => message.test(line.msg))[count - 1]
    await this.until(() => find() !== undefined, `no ${message} in the log`)
    return find()!
  }

  /** Resolves when a condition on stdout, stderr or the end of the process holds. */
  async until(condition: () => boolean, failure: string, ms = START_MS): Promise<void> {
    const deadline = AbortSignal.timeout(ms)
    while (!condition()) {
      if (this.hasEnded) throw new Error(`${failure}, and the process has ended\n${this.#output()}`)
      await once(this.#changes, 'change', { signal: deadline }).catch(() => {
        throw new Error(`${failure} within ${ms} ms\n${this.#output()}`)
      })
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  /**
   * Sends a signal and resolves to the exit code, or null if the signal itself ended the process.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.signal(signal)
    return (await this.#bounded(this.ended, STOP_MS, `the process did not end after ${signal}`))
      .code
  }

  /** The targets of the process's open descriptors; on Linux. */
  get openFiles(): string[] {
    const folder = `/proc/${this.pid}/fd`
    return readdirSync(folder).flatMap(fd => {
      try {
        return readlinkSync(`${folder}/${fd}`)
      } catch {
        // The descriptor was closed meanwhile.
        return []
      }
    })
  }

  /** Resident memory; on Linux. */
  get residentBytes(): number {
    const [, kib] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1')) ?? []
    return Number(kib) * 1024
  }

  /** The running child processes. */
  get workerPids(): number[] {
    return childrenOf(this.pid)
  }

  /** Kills the process and its workers. */
  async kill(): Promise<void> {
    if (!this.hasEnded) {
      const pids = [this.pid, ...this.workerPids]
      for (const pid of pids) killQuietly(pid)
    }
    this.process.stdout!.resume()
    await this.ended
  }

  async #bounded<T>(promise: Promise<T>, ms: number, failure: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${failure} within ${ms} ms\n${this.#output()}`)),
        ms,
      )
    })
    return Promise.race([promise, late]).finally(() => clearTimeout(timer))
  }

  #output(): string {
    return `stdout: ${this.stdout.slice(-2000)}\nstderr: ${this.stderr.slice(-4000)}`
  }
}

/** A server that listens on loopback, on a free port. */
export class RunningServer extends Command {
  url = ''
  port = 0

  /** Resolves when the server has logged that it listens. */
  static async start(args: readonly string[], options: RunOptions = {}): Promise<RunningServer> {
    const server = new RunningServer([...args, '--port', '0'], options)
    try {
      const { urls } = await server.logged(/^listening$/)
      server.url = (urls as string[])[0]!
      server.port = Number(new URL(server.url).port)
    } catch (error) {
      await server.kill()
      throw error
    }
    return server
  }
}

/** Returns the reason why `unprivileged` is not available, or undefined. */
export function whyNotUnprivileged(): string | undefined {
  if (process.getuid === undefined) return 'this system has no privileges to drop'
  if (process.getuid() !== 0) return undefined
  return existsSync('/usr/bin/setpriv')
    ? undefined
    : 'the tests run as root, and setpriv is missing'
}

function unprivileged(): string[] {
  if (process.getuid?.() !== 0) return [NODE]
  return ['setpriv', '--bounding-set=-dac_override,-dac_read_search,-net_bind_service', '--', NODE]
}

/** LISTEN_PID must be the id of the server's process. */
function withSockets(command: readonly string[], count: number): string[] {
  return ['sh', '-c', `LISTEN_PID=$$ LISTEN_FDS=${count} exec "$@"`, 'sh', ...command]
}

function limited(openFiles: number): string[] {
  return ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh']
}

function onTerminal(command: readonly string[]): string[] {
  const quoted = command.map(word => `'${word.replaceAll("'", "'\\''")}'`)
  return [
    'script',
    '--quiet',
    '--flush',
    '--return',
    '--command',
    `exec ${quoted.join(' ')}`,
    '/dev/null',
  ]
}

/** The environment without variables that configure the server or colour its output. */
function cleanEnvironment(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter(
    name => !name.startsWith('STATEWIRE_') && name !== 'NODE_OPTIONS' && name !== 'FORCE_COLOR',
  )
  return Object.fromEntries(names.map(name => [name, process.env[name]]))
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has ended meanwhile.
  }
}
