import { closeSync, openSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Child, freePort, start, stop } from './children.ts'
import type { Contender } from './contenders.ts'
import { type Cores, pinned } from './cores.ts'
import { FILES, type Site } from './site.ts'

/** How long a server may take until it answers. */
const READY_MS = 20_000
const POLL_MS = 1
const ANSWER_MS = 10_000

/** A contender that runs and has answered once. */
export type Server = {
  readonly contender: Contender
  readonly port: number
  readonly pid: number
  /** From being started to its first answer. */
  readonly firstAnswerMs: number
  readonly stop: () => Promise<void>
}

export async function startServer(
  contender: Contender,
  site: Site,
  cores: Cores,
  signal: AbortSignal,
): Promise<Server> {
  const port = await freePort()
  const command = contender.command({ root: site.root, work: site.work, port })
  const log = contender.logs ? openSync(join(site.work, `${port}.log`), 'w') : undefined
  const begunMs = performance.now()
  const child = await start(pinned(cores?.server, command), {
    cwd: site.work,
    ...(contender.env === undefined ? {} : { env: contender.env }),
    stdout: log ?? 'ignore',
  })
  if (log !== undefined) closeSync(log)
  try {
    await firstAnswer(child, port, signal)
  } catch (error) {
    await stop(child)
    throw error
  }
  const firstAnswerMs = performance.now() - begunMs
  return { contender, port, pid: child.pid, firstAnswerMs, stop: () => stop(child) }
}

async function firstAnswer(child: Child, port: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_MS
  while (!(await isAnswering(port))) {
    signal.throwIfAborted()
    if (child.process.exitCode !== null || child.process.signalCode !== null)
      throw new Error(`ended before it answered: ${child.complaint()}`)
    if (performance.now() > deadline)
      throw new Error(`no answer in ${READY_MS} ms: ${child.complaint()}`)
    await setTimeout(POLL_MS)
  }
}

function isAnswering(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET ${FILES.small} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
      )
    })
    const done = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(ANSWER_MS, () => done(false))
    socket.once('data', (bytes: Buffer) => done(bytes.toString('latin1', 0, 12) === 'HTTP/1.1 200'))
    socket.once('end', () => done(false))
    socket.once('error', () => done(false))
  })
}

export type Fields = Readonly<Record<string, string>>

export type Answer = {
  readonly status: number
  readonly fields: Readonly<Record<string, string | string[] | undefined>>
  readonly contentBytes: number
}

/** One request as the load will ask it, to see that it is answered as it should be. */
export function askOnce(port: number, path: string, fields: Fields): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', path, headers: { ...fields }, agent: false },
      response => {
        let contentBytes = 0
        response.on('data', (bytes: Buffer) => {
          contentBytes += bytes.length
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, fields: response.headers, contentBytes }),
        )
        response.on('error', reject)
      },
    )
    asking.setTimeout(ANSWER_MS, () =>
      asking.destroy(new Error(`no answer to ${path} in ${ANSWER_MS} ms`)),
    )
    asking.on('error', reject)
    asking.end()
  })
}
