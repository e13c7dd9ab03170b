import { connect } from 'node:net'
import { type End, parseReply, type Reply } from './reply.ts'

/** How long a server may take for one response. */
const RESPONSE_TIMEOUT_MS = 2500

/** Writes a request, without normalising anything. */
export function request(
  method: string,
  target: string,
  fields: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({ Host: 'localhost', Connection: 'close', ...fields })
  return `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

export function get(target: string, fields: Readonly<Record<string, string>> = {}): string {
  return request('GET', target, fields)
}

/** Sends a request, and reads until the connection ends or the time is up. */
export function send(
  port: number,
  text: string,
  timeoutMs: number = RESPONSE_TIMEOUT_MS,
): Promise<Reply> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => done('timeout'), timeoutMs)
    const done = (end: End): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parseReply(Buffer.concat(chunks), end, text.slice(0, text.indexOf(' '))))
    }
    socket.on('connect', () => socket.write(text, 'latin1'))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => done('closed'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
  })
}

/**
 * Sends a request and disconnects at the first bytes of the response.
 * @returns false if no bytes arrived.
 */
export function sendAndDisconnect(port: number, text: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const done = (hasResponse: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(hasResponse)
    }
    const timer = setTimeout(() => done(false), RESPONSE_TIMEOUT_MS)
    socket.on('connect', () => socket.write(text, 'latin1'))
    socket.on('data', () => done(true))
    socket.on('end', () => done(false))
    socket.on('error', () => done(false))
  })
}

/** Sends a request, stops reading at the first bytes, calls a function, then reads the rest. */
export function sendAndStall(
  port: number,
  text: string,
  meanwhile: () => Promise<void>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    let timer = setTimeout(() => done('timeout'), RESPONSE_TIMEOUT_MS)
    const done = (end: End): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parseReply(Buffer.concat(chunks), end))
    }
    socket.on('connect', () => socket.write(text, 'latin1'))
    socket.once('data', () => {
      socket.pause()
      clearTimeout(timer)
      meanwhile().then(() => {
        timer = setTimeout(() => done('timeout'), RESPONSE_TIMEOUT_MS)
        socket.resume()
      }, reject)
    })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => done('closed'))
    socket.on('error', () => done('reset'))
  })
}
