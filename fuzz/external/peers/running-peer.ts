import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { converse } from '../conversation.ts'
import { lastRequest, latin1 } from '../request-text.ts'
import { installed, type PeerServer } from './peer-server.ts'

const START_MS = 10_000
const POLL_MS = 20

/** A peer process on its own port. */
export class RunningPeer {
  readonly port: number
  readonly #program: readonly string[]
  #process: ChildProcess | undefined

  private constructor(peer: PeerServer, site: string, port: number) {
    this.port = port
    this.#program = [installed(peer.script), ...peer.args(site, port)]
  }

  static async start(peer: PeerServer, site: string): Promise<RunningPeer> {
    const running = new RunningPeer(peer, site, await freePort())
    await running.restart()
    return running
  }

  /** Stops the process if it still runs, and starts it again. */
  async restart(): Promise<void> {
    await this.stop()
    this.#process = spawn(process.execPath, this.#program, {
      stdio: 'ignore',
      env: { ...process.env, NO_UPDATE_CHECK: '1', PORT: undefined, HOST: undefined },
    })
    for (const end = performance.now() + START_MS; !(await this.#responds()); await sleep(POLL_MS))
      if (performance.now() > end)
        throw new Error(`${this.#program[0]} does not listen on port ${this.port}`)
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async #responds(): Promise<boolean> {
    const bytes = latin1(lastRequest('GET', '/', 'localhost'))
    const address = { host: '127.0.0.1', port: this.port }
    const { received } = await converse(address, { bytes }, START_MS, () => false)
    return received.length > 0
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
