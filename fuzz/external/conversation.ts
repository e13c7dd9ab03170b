import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attempt } from './attempt.ts'

export type Address = { readonly host: string; readonly port: number }

/**
 * How a connection came to its end: the server finished sending, it was reset, nothing came for as long as we wait, nobody
 * accepted it, or more came than we take.
 */
export type Ending = 'closed' | 'reset' | 'silent' | 'refused' | 'flooded'

export type Conversation = { readonly received: Buffer; readonly ending: Ending }

const RECEIVED_MAX = 16 * 1024 * 1024
/** Between the writes of an attempt that is cut, so that the server reads them apart. */
const CUT_PAUSE_MS = 1
/** What may still come after the answers that were asked for. */
const SETTLE_MS = 40
/** No local port is free for the moment. */
const PORT_PAUSE_MS = 200

/** Sends an attempt and takes what comes until the server closes, `isEnough`, or `silenceMs` without a byte. */
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
    const end = (outcome: Ending | 'no port'): void => {
      clearTimeout(timer)
      isOver = true
      socket.destroy()
      resolve(outcome === 'no port' ? outcome : { received, ending: outcome })
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
      if (attempt.finishes && !isOver) socket.end()
    })
  })
}

/** The writes of an attempt. */
export function piecesOf({ bytes, cuts = [] }: Attempt): Buffer[] {
  return [0, ...cuts]
    .map((from, i) => bytes.subarray(from, cuts[i]))
    .filter(piece => piece.length > 0)
}
