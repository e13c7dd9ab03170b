import { connect } from 'node:net'
import { type End, parseReply, type Reply } from './reply.ts'

/** How long a peer may take for one answer. */
const ANSWER_MS = 2500

/** A request as it goes on the wire; nothing in it is normalised. */
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

/** Sends it, and reads until the connection ends, or for as long as an answer may take. */
export function ask(port: number, wire: string, timeoutMs: number = ANSWER_MS): Promise<Reply> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => done('timeout'), timeoutMs)
    const done = (end: End): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parseReply(Buffer.concat(chunks), end, wire.slice(0, wire.indexOf(' '))))
    }
    socket.on('connect', () => socket.write(wire, 'latin1'))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => done('closed'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
  })
}

/** Sends it, waits for the first bytes of the answer, and goes away; false where none came. */
export function askAndLeave(port: number, wire: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const done = (answered: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    const timer = setTimeout(() => done(false), ANSWER_MS)
    socket.on('connect', () => socket.write(wire, 'latin1'))
    socket.on('data', () => done(true))
    socket.on('end', () => done(false))
    socket.on('error', () => done(false))
  })
}

/** Sends it, stops reading at the first bytes while something happens, then reads on to the end. */
export function askAndStall(
  port: number,
  wire: string,
  meanwhile: () => Promise<void>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    let timer = setTimeout(() => done('timeout'), ANSWER_MS)
    const done = (end: End): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parseReply(Buffer.concat(chunks), end))
    }
    socket.on('connect', () => socket.write(wire, 'latin1'))
    socket.once('data', () => {
      socket.pause()
      clearTimeout(timer)
      meanwhile().then(() => {
        timer = setTimeout(() => done('timeout'), ANSWER_MS)
        socket.resume()
      }, reject)
    })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => done('closed'))
    socket.on('error', () => done('reset'))
  })
}
