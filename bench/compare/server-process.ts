import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import type { Launch, LaunchOptions } from './contender.ts'
import { get, send } from './send.ts'

const START_TIMEOUT_MS = 8000
const POLL_MS = 25

/** The processes that were started and have not exited. */
const children = new Set<ChildProcess>()

export function killAll(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** A server with one set-up, on its own port. */
export class ServerProcess {
  readonly options: LaunchOptions
  readonly #launch: Launch
  #child: ChildProcess | undefined

  private constructor(options: LaunchOptions, launch: Launch) {
    this.options = options
    this.#launch = launch
  }

  /** @throws Error with the server's log, if it does not start. */
  static async start(
    setUp: (options: LaunchOptions) => Launch,
    root: string,
    folder: string,
  ): Promise<ServerProcess> {
    const options = { root, folder, port: await freePort(), log: join(folder, 'access.log') }
    mkdirSync(folder, { recursive: true })
    const launch = setUp(options)
    for (const [name, content] of Object.entries(launch.files ?? {}))
      writeFileSync(join(folder, name), content)
    const server = new ServerProcess(options, launch)
    if (!(await server.restart()))
      throw new Error(`${launch.command} does not start:\n${server.log()}`)
    return server
  }

  /** Kills the process if it runs, and starts it. Returns false if it does not respond. */
  async restart(): Promise<boolean> {
    await this.stop()
    const output = openSync(this.options.log, 'a')
    const { command, args } = this.#launch
    const child = spawn(command === 'node' ? process.execPath : command, args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, NO_UPDATE_CHECK: '1', PORT: undefined, HOST: undefined },
    })
    closeSync(output)
    this.#child = child
    children.add(child)
    child.on('exit', () => children.delete(child))
    child.on('error', () => children.delete(child))
    const deadline = performance.now() + START_TIMEOUT_MS
    for (; performance.now() < deadline; await sleep(POLL_MS)) {
      if (!this.isAlive()) return false
      const { status } = await send(this.options.port, get('/'))
      if (status !== undefined) return true
    }
    return false
  }

  isAlive(): boolean {
    const child = this.#child
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null
  }

  exitDescription(): string {
    return `the process ended (${this.#child?.signalCode ?? `exit code ${this.#child?.exitCode}`})`
  }

  /** How many files below the root the process has open. */
  openFileCount(): number {
    const folder = `/proc/${this.#child?.pid}/fd`
    return readdirSync(folder).filter(name =>
      linkTarget(join(folder, name)).startsWith(this.options.root),
    ).length
  }

  log(): string {
    return readFileSync(this.options.log, 'utf8')
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isAlive()) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

/** Returns an empty string if the descriptor has just been closed. */
function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
