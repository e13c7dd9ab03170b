import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { type Child, start, stop } from './children.ts'
import type { Contender } from './contender.ts'
import { type Cores, pinned } from './cores.ts'
import { FILES, type Site } from './site.ts'

/** How long a server may take from its start to its first response. */
const READY_TIMEOUT_MS = 20_000
const POLL_MS = 1
const RESPONSE_TIMEOUT_MS = 10_000

/** A contender that runs and has sent its first response. */
export type Server = {
  readonly contender: Contender
  readonly port: number
  readonly pid: number
  /** Time from the start of the process to its first response. */
  readonly firstResponseMs: number
  readonly stop: () => Promise<void>
}

export async function startServer(
  contender: Contender,
  site: Site,
  cores: Cores,
  signal: AbortSignal,
): Promise<Server> {
  const port = await freePort()
  const command = contender.command({ root: site.root, workFolder: site.workFolder, port })
  const log = contender.logs ? openSync(join(site.workFolder, `${port}.log`), 'w') : undefined
  const startedMs = performance.now()
  const child = await start(pinned(cores?.server, command), {
    cwd: site.workFolder,
    ...(contender.env === undefined ? {} : { env: contender.env }),
    stdout: log ?? 'ignore',
  })
  if (log !== undefined) closeSync(log)
  try {
    await waitForFirstResponse(child, port, signal)
  } catch (error) {
    await stop(child)
    throw error
  }
  const firstResponseMs = performance.now() - startedMs
  return { contender, port, pid: child.pid, firstResponseMs, stop: () => stop(child) }
}

async function waitForFirstResponse(
  child: Child,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (!(await isResponding(port))) {
    signal.throwIfAborted()
    if (child.process.exitCode !== null || child.process.signalCode !== null)
      throw new Error(`the process exited before its first response: ${child.stderrTail()}`)
    if (performance.now() > deadline)
      throw new Error(`no response in ${READY_TIMEOUT_MS} ms: ${child.stderrTail()}`)
    await setTimeout(POLL_MS)
  }
}

/** Whether the server responds with 200 to a new connection. */
function isResponding(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET ${FILES.small} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
      )
    })
    const done = (isOk: boolean): void => {
      socket.destroy()
      resolve(isOk)
    }
    socket.setTimeout(RESPONSE_TIMEOUT_MS, () => done(false))
    socket.once('data', (bytes: Buffer) => done(bytes.toString('latin1', 0, 12) === 'HTTP/1.1 200'))
    socket.once('end', () => done(false))
    socket.once('error', () => done(false))
  })
}
