import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

const END_TIMEOUT_MS = 20_000

/** A child process that ends with this one. Its output is kept for error messages. */
export class Program {
  readonly child: ChildProcess
  /** Resolves to the exit code, or to null if a signal killed the program. */
  readonly ended: Promise<number | null>
  output = ''

  constructor(file: string, args: readonly string[], cwd?: string) {
    this.child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    })
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', text => {
        this.output += text
      })
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', resolve)
    })
    this.ended.catch(() => {})
    RUNNING.add(this.child)
    this.child.on('exit', () => RUNNING.delete(this.child))
  }

  /** Sends a signal and resolves to the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    const timeout = AbortSignal.timeout(END_TIMEOUT_MS)
    const timedOut = once(timeout, 'abort').then(() => {
      throw new Error(`it did not end within ${END_TIMEOUT_MS} ms of ${signal}: ${this.output}`)
    })
    return Promise.race([this.ended, timedOut])
  }
}

const RUNNING = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of RUNNING) child.kill('SIGKILL')
})

/**
 * Resolves when a condition holds.
 *
 * @throws an error that names the condition, when it does not hold within `timeoutMs`
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  name: string,
  timeoutMs = END_TIMEOUT_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${name}: not within ${timeoutMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Resolves to loopback ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return ports
}

/** Returns whether a program is installed on this machine. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
