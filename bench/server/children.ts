import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** How long a program has to end by itself before it is ended. */
const END_MS = 3000
/** Of what a program said on stderr, as much as is told. */
const COMPLAINT_CHARS = 400

/** All that this benchmark has started and not yet ended, so that nothing is left when it goes. */
const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Child = {
  readonly pid: number
  readonly process: ChildProcess
  /** The end of what it said on stderr. */
  readonly complaint: () => string
}

export type StartOptions = {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdout?: 'ignore' | 'pipe' | number
  readonly stdin?: 'ignore' | 'pipe'
}

export async function start(command: readonly string[], options: StartOptions): Promise<Child> {
  const [file = '', ...args] = command
  const stdio: StdioOptions = [options.stdin ?? 'ignore', options.stdout ?? 'ignore', 'pipe']
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio,
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARS)
  })
  await once(child, 'spawn')
  return { pid: child.pid!, process: child, complaint: () => complaint.trim() }
}

export async function stop({ process: child }: Child): Promise<void> {
  if (!running.has(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await ended
  clearTimeout(timer)
}

/** Runs a program to its end and gives what it printed; its failure is an Error with what it complained of. */
export async function output(
  command: readonly string[],
  {
    signal,
    timeoutMs,
    ...options
  }: StartOptions & { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<string> {
  signal.throwIfAborted()
  const child = await start(command, { ...options, stdout: 'pipe' })
  const end = (): void => void child.process.kill('SIGKILL')
  signal.addEventListener('abort', end)
  const timer = setTimeout(end, timeoutMs)
  let text = ''
  child.process.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const [code] = await once(child.process, 'close')
  clearTimeout(timer)
  signal.removeEventListener('abort', end)
  signal.throwIfAborted()
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${child.complaint()}`)
  return text
}

/** One that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
