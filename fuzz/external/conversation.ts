import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attempt } from './attempt.ts'

export type Address = { readonly host: string; readonly port: number }

/**
 * How a connection ended: the server closed it, it was reset, nothing arrived in time, it was not
 * accepted, or the server sent more than the client accepts.
 */
export type Ending = 'closed' | 'reset' | 'silent' | 'refused' | 'flooded'

export type Conversation = { readonly received: Buffer; readonly ending: Ending }

const RECEIVED_MAX = 16 * 1024 * 1024
/** The pause between the writes of a cut attempt, so that the server reads them separately. */
const CUT_PAUSE_MS = 1
/** How long to wait for more after all expected responses have arrived. */
const SETTLE_MS = 40
/** The pause before another try if no local port is free. */
const PORT_PAUSE_MS = 200

/**
 * Sends an attempt and receives until the server closes the connection, `isEnough` returns true, or
 * no byte has arrived for `silenceMs`.
 */
export async function converse(
  address: Address,
  attempt: Attempt,
  silenceMs: number,
  isEnough: (received: Buffer) => boolean,
): Promise<Conversation> {
  for (;;) {
    const conversation = await converseOnce(address, attempt, silenceMs, isEnough)
    if (conversation !== 'no port') return conversation
    await sleep(PORT_PAUSE_MS)
  }
}

function converseOnce(
  address: Address,
  attempt: Attempt,
  silenceMs: number,
  isEnough: (received: Buffer) => boolean,
): Promise<Conversation | 'no port'> {
  return new Promise(resolve => {
    const socket = connect({ ...address, allowHalfOpen: true, noDelay: true })
    let received = Buffer.alloc(0)
    let timer: NodeJS.Timeout
    let isOver = false
    const end = (ending: Ending | 'no port'): void => {
      clearTimeout(timer)
      isOver = true
      socket.destroy()
      resolve(ending === 'no port' ? ending : { received, ending })
    }
    const wait = (ms: number): void => {
      clearTimeout(timer)
      timer = setTimeout(end, ms, 'silent')
    }
    wait(silenceMs)
    socket.on('data', data => {
      received = Buffer.concat([received, data])
      if (received.length > RECEIVED_MAX) end('flooded')
      else wait(isEnough(received) ? SETTLE_MS : silenceMs)
    })
    socket.on('end', () => end('closed'))
    socket.on('close', () => end('reset'))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRNOTAVAIL') end('no port')
      else end(code === 'ECONNREFUSED' ? 'refused' : 'reset')
    })
    socket.on('connect', async () => {
      for (const piece of piecesOf(attempt)) {
        if (isOver) return
        wait(silenceMs)
        socket.write(piece)
        if (attempt.cuts !== undefined) await sleep(CUT_PAUSE_MS)
      }
      if (attempt.halfCloses && !isOver) socket.end()
    })
  })
}

/** Returns the writes of an attempt. */
export function piecesOf({ bytes, cuts = [] }: Attempt): Buffer[] {
  return [0, ...cuts]
    .map((from, i) => bytes.subarray(from, cuts[i]))
    .filter(piece => piece.length > 0)
}
