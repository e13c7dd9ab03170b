import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
/** The example site that every clone has. */
export const EXAMPLE_SITE: string = fileURLToPath(new URL('../../examples/site', import.meta.url))

/** The Node that runs the server; the tests themselves stay on their own. */
const NODE = process.env.STATEWIRE_TEST_NODE || process.execPath
/** Bounds, not expectations: a machine may be busy with much else. */
const START_MS = 30_000
const STOP_MS = 15_000

export type RunOptions = {
  /** The working folder: one without a statewire.toml by default. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Runs without root's power over file modes and low ports, where the tests run as root. */
  readonly unprivileged?: boolean
  /** How many files it may have open, sockets among them. */
  readonly openFiles?: number
  /** Leaves stdout to fill up. */
  readonly unreadStdout?: boolean
  /** Runs on a terminal: what goes to stderr comes on stdout, and the server is a child of the process. */
  readonly terminal?: boolean
  /** Descriptors of sockets that it is started with, as by systemd. */
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
  /** All of it so far. */
  stdout = ''
  stderr = ''
  /** Resolves when the process has ended and all it wrote has been read. */
  readonly ended: Promise<Ending>
  readonly #changes = new EventEmitter()

  constructor(args: readonly string[], options: RunOptions = {}) {
    const command = [
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

  /** Runs a command that ends by itself. */
  static async run(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<Ending & { readonly stdout: string; readonly stderr: string }> {
    const command = new Command(args, options)
    const ending = await command
      .#bounded(command.ended, STOP_MS, 'it did not end by itself')
      .finally(() => command.kill())
    return { ...ending, stdout: command.stdout, stderr: command.stderr }
  }

  get pid(): number {
    return this.process.pid!
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  /** Whole lines of stdout so far. */
  get stdoutLines(): string[] {
    return this.stdout.split('\n').slice(0, -1)
  }

  /** The log so far. Throws where a line of stderr is not of the log. */
  get log(): LogLine[] {
    return this.stderr
      .split('\n')
      .slice(0, -1)
      .map(line => {
        if (!line.startsWith('{'))
          throw new Error(`stderr has more than the log:\n${this.#output()}`)
        return JSON.parse(line)
      })
  }

  /** The first line of the log with such a message, past or to come. */
  async logged(message: RegExp, count = 1): Promise<LogLine> {
    const find = () => this.log.filter(line => message.test(line.msg))[count - 1]
    await this.until(() => find() !== undefined, `no ${message} in the log`)
    return find()!
  }

  /** Resolves when a condition on stdout, stderr or the end of the process holds. */
  async until(condition: () => boolean, complaint: string, ms = START_MS): Promise<void> {
    const deadline = AbortSignal.timeout(ms)
    while (!condition()) {
      if (this.hasEnded)
        throw new Error(`${complaint}, and the process has ended\n${this.#output()}`)
      await once(this.#changes, 'change', { signal: deadline }).catch(() => {
        throw new Error(`${complaint} within ${ms} ms\n${this.#output()}`)
      })
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  /** Sends a signal and resolves to the exit code, null where the signal itself ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.signal(signal)
    return (await this.#bounded(this.ended, STOP_MS, `it did not end after ${signal}`)).code
  }

  /** The files that it has open, by what they are; on Linux. */
  get openFiles(): string[] {
    const folder = `/proc/${this.pid}/fd`
    return readdirSync(folder).flatMap(fd => {
      try {
        return readlinkSync(`${folder}/${fd}`)
      } catch {
        // It was closed meanwhile.
        return []
      }
    })
  }

  /** Bytes of memory that are resident; on Linux. */
  get residentBytes(): number {
    const [, kib] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1')) ?? []
    return Number(kib) * 1024
  }

  /** The processes that this one started and that still run. */
  get workerPids(): number[] {
    return childrenOf(this.pid)
  }

  /** Ends it now, with its workers. */
  async kill(): Promise<void> {
    if (!this.hasEnded) {
      const pids = [this.pid, ...this.workerPids]
      for (const pid of pids) killQuietly(pid)
    }
    this.process.stdout!.resume()
    await this.ended
  }

  async #bounded<T>(promise: Promise<T>, ms: number, complaint: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${complaint} within ${ms} ms\n${this.#output()}`)),
        ms,
      )
    })
    return Promise.race([promise, late]).finally(() => clearTimeout(timer))
  }

  #output(): string {
    return `stdout: ${this.stdout.slice(-2000)}\nstderr: ${this.stderr.slice(-4000)}`
  }
}

/** A server that listens, on loopback and a port that was free. */
export class RunningServer extends Command {
  url = ''
  port = 0

  /** Resolves when it says that it listens. */
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

/** What `unprivileged` needs; the reason why it cannot be had, else undefined. */
export function whyNotUnprivileged(): string | undefined {
  if (process.getuid === undefined) return 'there are no privileges to drop on this system'
  if (process.getuid() !== 0) return undefined
  return existsSync('/usr/bin/setpriv')
    ? undefined
    : 'the tests run as root, and there is no setpriv'
}

function unprivileged(): string[] {
  if (process.getuid?.() !== 0) return [NODE]
  return ['setpriv', '--bounding-set=-dac_override,-dac_read_search,-net_bind_service', '--', NODE]
}

/** They are for the process whose id the variable has. */
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

/** The environment without what would configure the server or colour its words. */
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
    // It has ended meanwhile.
  }
}
