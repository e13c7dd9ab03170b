import { connect, type Socket } from 'node:net'
import { ROOT } from '../root.ts'
import { outputOf } from '../server/children.ts'
import { type Cores, pinned } from '../server/cores.ts'
import { programPath } from '../server/programs.ts'

export const CONNECTIONS = 16

export type Load = {
  readonly name: string
  readonly run: (
    port: number,
    request: string,
    seconds: number,
    signal: AbortSignal,
  ) => Promise<LoadResult>
}

/** How many requests got their response, and in how many seconds. */
export type LoadResult = { readonly requests: number; readonly seconds: number }

/** Chooses wrk, which uses less CPU than what it measures, or else a client in this process. */
export function chooseLoad(cores: Cores): Load {
  const wrk = programPath('wrk')
  if (wrk === undefined) return { name: 'a client in Node', run: runNodeClient }
  return {
    name: 'wrk',
    run: async (port, request, seconds, signal) => {
      const [requestLine = '', ...fields] = request.trimEnd().split('\r\n')
      const command = [
        ...[wrk, '--threads', '1', '--connections', `${CONNECTIONS}`],
        ...['--duration', `${seconds}s`, '--timeout', '30s'],
        ...fields.flatMap(field => ['--header', field]),
        `http://127.0.0.1:${port}${requestLine.split(' ')[1]}`,
      ]
      const timeoutMs = (seconds + 30) * 1000
      return parseWrk(
        await outputOf(pinned(cores?.load, command), { cwd: ROOT, signal, timeoutMs }),
      )
    },
  }
}

/**
 * Parses wrk's `  1234 requests in 1.00s, 5.67MB read`.
 * @throws Error if there were error responses or socket errors.
 */
export function parseWrk(text: string): LoadResult {
  const [, requests, seconds] = /^\s*(\d+) requests in (\d+\.\d+)s/m.exec(text) ?? []
  if (requests === undefined || /Non-2xx|Socket errors/.test(text))
    throw new Error(`wrk got no responses, or errors:\n${text}`)
  return { requests: Number(requests), seconds: Number(seconds) }
}

/**
 * Sends the next request on each connection as soon as the response has arrived. All responses are
 * as long as the first.
 */
export async function runNodeClient(
  port: number,
  request: string,
  seconds: number,
  signal: AbortSignal,
): Promise<LoadResult> {
  const bytes = Buffer.from(request, 'latin1')
  const startedMs = performance.now()
  const untilMs = startedMs + seconds * 1000
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'))
  const disconnect = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  signal.addEventListener('abort', disconnect)
  const counts = await Promise.all(
    sockets.map(socket => requestUntil(socket, bytes, untilMs)),
  ).finally(disconnect)
  signal.removeEventListener('abort', disconnect)
  signal.throwIfAborted()
  const elapsedMs = performance.now() - startedMs
  return { requests: counts.reduce((a, b) => a + b), seconds: elapsedMs / 1000 }
}

/** Returns the number of responses on this connection. */
function requestUntil(socket: Socket, request: Buffer, untilMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let responses = 0
    let responseBytes = 0
    let receivedBytes = 0
    socket
      .setNoDelay(true)
      .on('error', reject)
      .on('close', () => resolve(responses))
    socket.on('connect', () => socket.write(request))
    socket.on('data', data => {
      if (responseBytes === 0) responseBytes = responseLength(data)
      receivedBytes += data.length
      if (receivedBytes < responseBytes) return
      receivedBytes = 0
      responses++
      if (performance.now() < untilMs) socket.write(request)
      else socket.destroy()
    })
  })
}

/**
 * Computes the length of a response from its head, which has to be whole.
 * @throws Error if it is not a 200 with a Content-Length.
 */
export function responseLength(response: Buffer): number {
  const headBytes = response.indexOf('\r\n\r\n') + 4
  const head = response.toString('latin1', 0, headBytes)
  const content = /^content-length: (\d+)\r$/im.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200 ') || content === undefined)
    throw new Error(`unexpected response: ${head}`)
  return headBytes + Number(content)
}
