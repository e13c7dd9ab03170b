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
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, get } from './ask.ts'
import type { Launch, Where } from './contender.ts'

const START_MS = 8000
const POLL_MS = 25

/** Everything that was started and has not ended, for whoever ends the comparison early. */
const children = new Set<ChildProcess>()

export function killAll(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** A set-up that runs, on a port of its own; started anew where it has ended. */
export class Running {
  readonly where: Where
  readonly #launch: Launch
  #child: ChildProcess | undefined

  private constructor(where: Where, launch: Launch) {
    this.where = where
    this.#launch = launch
  }

  static async start(
    setUp: (where: Where) => Launch,
    root: string,
    folder: string,
  ): Promise<Running> {
    const where = { root, folder, port: await freePort(), log: join(folder, 'access.log') }
    mkdirSync(folder, { recursive: true })
    const launch = setUp(where)
    for (const [name, content] of Object.entries(launch.files ?? {}))
      writeFileSync(join(folder, name), content)
    const running = new Running(where, launch)
    if (!(await running.restart()))
      throw new Error(`${launch.command} does not start:\n${running.log()}`)
    return running
  }

  /** Ends what is left of it, and starts it; false where it does not come up. */
  async restart(): Promise<boolean> {
    await this.stop()
    const output = openSync(this.where.log, 'a')
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
    for (const end = performance.now() + START_MS; performance.now() < end; await sleep(POLL_MS)) {
      if (!this.isAlive()) return false
      const { status } = await ask(this.where.port, get('/'))
      if (status !== undefined) return true
    }
    return false
  }

  isAlive(): boolean {
    const child = this.#child
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null
  }

  /** How it ended. */
  epitaph(): string {
    return `the process ended (${this.#child?.signalCode ?? `exit code ${this.#child?.exitCode}`})`
  }

  /** What it has open below the root. */
  descriptors(): number {
    const folder = `/proc/${this.#child?.pid}/fd`
    return readdirSync(folder).filter(name =>
      linkOf(join(folder, name)).startsWith(this.where.root),
    ).length
  }

  log(): string {
    return readFileSync(this.where.log, 'utf8')
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isAlive()) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

/** Where a descriptor leads; nowhere if it has just been closed. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
