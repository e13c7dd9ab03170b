import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How long a process may take to exit after SIGTERM, before it gets SIGKILL. */
const EXIT_TIMEOUT_MS = 3000
/** How much of a process's stderr is kept for error messages. */
const STDERR_TAIL_CHARS = 400

/** The processes that were started and have not exited. They are killed when this process exits. */
const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Child = {
  readonly pid: number
  readonly process: ChildProcess
  /** The end of what the process wrote to stderr. */
  readonly stderrTail: () => string
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
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_CHARS)
  })
  await once(child, 'spawn')
  return { pid: child.pid!, process: child, stderrTail: () => tail.trim() }
}

export async function stop({ process: child }: Child): Promise<void> {
  if (!running.has(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

/**
 * Runs a program to its end and returns its stdout.
 * @throws Error with the end of its stderr, if its exit code is not 0.
 */
export async function outputOf(
  command: readonly string[],
  {
    signal,
    timeoutMs,
    ...options
  }: StartOptions & { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<string> {
  signal.throwIfAborted()
  const child = await start(command, { ...options, stdout: 'pipe' })
  const kill = (): void => void child.process.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  const timer = setTimeout(kill, timeoutMs)
  let text = ''
  child.process.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const [code] = await once(child.process, 'close')
  clearTimeout(timer)
  signal.removeEventListener('abort', kill)
  signal.throwIfAborted()
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${child.stderrTail()}`)
  return text
}
