import { connect, type Socket } from 'node:net'
import { ROOT } from '../root.ts'
import { output } from '../server/children.ts'
import type { Cores } from '../server/cores.ts'
import { pinned } from '../server/cores.ts'
import { programPath } from '../server/programs.ts'

export const CONNECTIONS = 16

export type Load = {
  readonly name: string
  /** Requests answered, and in how many seconds. */
  readonly run: (
    port: number,
    request: string,
    seconds: number,
    signal: AbortSignal,
  ) => Promise<Answered>
}
export type Answered = { readonly requests: number; readonly seconds: number }

/** wrk, which costs less than what it measures, or else a client of our own. */
export function chooseLoad(cores: Cores): Load {
  const wrk = programPath('wrk')
  if (wrk === undefined) return { name: 'a client in Node', run: ownLoad }
  return {
    name: 'wrk',
    run: async (port, request, seconds, signal) => {
      const [requestLine = '', ...fields] = request.trimEnd().split('\r\n')
      const command = [
        ...[
          wrk,
          '--threads',
          '1',
          '--connections',
          `${CONNECTIONS}`,
          '--duration',
          `${seconds}s`,
          '--timeout',
          '30s',
        ],
        ...fields.flatMap(field => ['--header', field]),
        `http://127.0.0.1:${port}${requestLine.split(' ')[1]}`,
      ]
      const timeoutMs = (seconds + 30) * 1000
      return parseWrk(await output(pinned(cores?.load, command), { cwd: ROOT, signal, timeoutMs }))
    },
  }
}

/** `  1234 requests in 1.00s, 5.67MB read` */
export function parseWrk(text: string): Answered {
  const [, requests, seconds] = /^\s*(\d+) requests in (\d+\.\d+)s/m.exec(text) ?? []
  if (requests === undefined || /Non-2xx|Socket errors/.test(text))
    throw new Error(`wrk was not answered as it should:\n${text}`)
  return { requests: Number(requests), seconds: Number(seconds) }
}

/** Connections that ask again as soon as they have their answer; all answers are as long as the first. */
export async function ownLoad(
  port: number,
  request: string,
  seconds: number,
  signal: AbortSignal,
): Promise<Answered> {
  const wire = Buffer.from(request, 'latin1')
  const begunMs = performance.now()
  const untilMs = begunMs + seconds * 1000
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'))
  const leave = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  signal.addEventListener('abort', leave)
  const counts = await Promise.all(sockets.map(socket => askUntil(socket, wire, untilMs))).finally(
    leave,
  )
  signal.removeEventListener('abort', leave)
  signal.throwIfAborted()
  return { requests: counts.reduce((a, b) => a + b), seconds: (performance.now() - begunMs) / 1000 }
}

function askUntil(socket: Socket, wire: Buffer, untilMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let answers = 0
    let answerBytes = 0
    let received = 0
    socket
      .setNoDelay(true)
      .on('error', reject)
      .on('close', () => resolve(answers))
    socket.on('connect', () => socket.write(wire))
    socket.on('data', data => {
      if (answerBytes === 0) answerBytes = lengthOf(data)
      received += data.length
      if (received < answerBytes) return
      received = 0
      answers++
      if (performance.now() < untilMs) socket.write(wire)
      else socket.destroy()
    })
  })
}

/** Of an answer whose head has come in one piece. */
export function lengthOf(answer: Buffer): number {
  const headBytes = answer.indexOf('\r\n\r\n') + 4
  const head = answer.toString('latin1', 0, headBytes)
  const content = /^content-length: (\d+)\r$/im.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200 ') || content === undefined)
    throw new Error(`an answer begins ${head}`)
  return headBytes + Number(content)
}
