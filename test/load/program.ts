import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

const END_MS = 20_000

/** A program that runs beside this one, and ends with it. Its words are kept, for when something is wrong. */
export class Program {
  readonly child: ChildProcess
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

  /** Sends a signal, and resolves to the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    const late = AbortSignal.timeout(END_MS)
    const isLate = once(late, 'abort').then(() => {
      throw new Error(`it did not end within ${END_MS} ms of ${signal}: ${this.output}`)
    })
    return Promise.race([this.ended, isLate])
  }
}

const RUNNING = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of RUNNING) child.kill('SIGKILL')
})

/** Resolves when a condition holds; rejects, saying what for, when it does not for so long. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = END_MS,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${ms} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Ports of loopback that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return ports
}

/** Whether a program can be run here. */
export function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
