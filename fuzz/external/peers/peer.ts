import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, isAbsolute, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lastRequest, latin1 } from '../attempt.ts'
import { converse } from '../conversation.ts'

/** A server from npm, by how it is started. */
export type Peer = {
  /** The package whose version counts. */
  readonly name: string
  readonly script: string
  /** Whether node:http reads its requests. */
  readonly usesNode: boolean
  readonly args: (site: string, port: number) => string[]
}

export const PEERS: readonly Peer[] = [
  {
    name: 'sirv',
    script: 'sirv-cli/bin.js',
    usesNode: true,
    args: (site, port) => [site, '--host', '127.0.0.1', '--port', `${port}`, '--quiet'],
  },
  {
    name: 'serve',
    script: 'serve/build/main.js',
    usesNode: true,
    args: (site, port) => [
      site,
      '--listen',
      `tcp://127.0.0.1:${port}`,
      '--no-request-logging',
      '--no-clipboard',
    ],
  },
  {
    name: 'http-server',
    script: 'http-server/bin/http-server',
    usesNode: true,
    args: (site, port) => [site, '-a', '127.0.0.1', '-p', `${port}`, '--silent'],
  },
  {
    name: 'http-parser-js',
    script: fileURLToPath(new URL('parser-server.js', import.meta.url)),
    usesNode: false,
    args: (site, port) => [site, `${port}`],
  },
]

const START_MS = 10_000
const POLL_MS = 20

/** A server of such a kind that runs, on a port of its own, until it is stopped or ends by itself. */
export class RunningPeer {
  readonly port: number
  readonly #program: readonly string[]
  #process: ChildProcess | undefined

  private constructor(peer: Peer, site: string, port: number) {
    this.port = port
    this.#program = [installed(peer.script), ...peer.args(site, port)]
  }

  static async start(peer: Peer, site: string): Promise<RunningPeer> {
    const running = new RunningPeer(peer, site, await freePort())
    await running.revive()
    return running
  }

  /** Ends what is left of it, and starts it again. */
  async revive(): Promise<void> {
    await this.stop()
    this.#process = spawn(process.execPath, this.#program, {
      stdio: 'ignore',
      env: { ...process.env, NO_UPDATE_CHECK: '1', PORT: undefined, HOST: undefined },
    })
    for (const end = performance.now() + START_MS; !(await this.#answers()); await sleep(POLL_MS))
      if (performance.now() > end)
        throw new Error(`${this.#program[0]} does not listen on ${this.port}`)
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async #answers(): Promise<boolean> {
    const bytes = latin1(lastRequest('GET', '/', 'localhost'))
    const address = { host: '127.0.0.1', port: this.port }
    const { received } = await converse(address, { bytes }, START_MS, () => false)
    return received.length > 0
  }
}

/** As installed. */
export function versionOf(peer: Peer): string {
  return JSON.parse(readFileSync(installed(`${peer.name}/package.json`), 'utf8')).version
}

/** Where a file of a package lies, unless it is a path already. */
function installed(file: string): string {
  if (isAbsolute(file)) return file
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'node_modules', file))) {
    if (folder === dirname(folder)) throw new Error(`${file} is not installed`)
    folder = dirname(folder)
  }
  return join(folder, 'node_modules', file)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
