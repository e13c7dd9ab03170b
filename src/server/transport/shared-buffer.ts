import { Socket, type SocketConstructorOpts } from 'node:net'
import { ReadBuffer } from '../../parser/index.ts'
import { DirectWriter } from './direct-write.ts'
import type { ReadStrategy } from './read-strategy.ts'
import { handlerOf, SocketTransport } from './socket-transport.ts'

const BUFFER_BYTES = 64 * 1024

/** What of a socket's inside is needed. Undocumented, so it stays in this file, and is probed. */
type Inside = {
  readonly _handle: { useUserBuffer(buffer: Uint8Array): void } | null
  [key: symbol]: unknown
}

/** Where a socket that was made with `onread` keeps its buffer and its callback. */
const [BUFFER, CALLBACK] = insideOfOnread()

/**
 * One buffer for all connections, which libuv fills in place: no allocation and no stream machinery per read. Node has
 * `onread` for sockets that one makes, not for accepted ones; an accepted socket, still paused, is given what such a one has.
 */
export function sharedBuffer(bufferBytes: number = BUFFER_BYTES): ReadStrategy {
  // ZERO-COPY: owned here, lent to one listener for one call at a time.
  const buffer = new ReadBuffer(bufferBytes)
  const direct = DirectWriter.create()

  /** Called on the socket; one function for all of them. */
  function received(this: Socket, bytesRead: number): boolean {
    handlerOf(this).onData(buffer, 0, bytesRead)
    return true
  }

  return {
    name: 'shared-buffer',
    attach(socket, connect) {
      const transport = new SocketTransport(socket, direct)
      transport.listenTo(connect(transport))
      const inside = socket as unknown as Inside
      // It may be cut off at once.
      if (inside._handle === null) return
      inside[BUFFER] = buffer
      inside[CALLBACK] = received
      inside._handle.useUserBuffer(buffer)
      socket.resume()
    },
  }
}

/** The two symbols, found on a socket that has what they stand for. Those of a Node that has none find nothing, and the probe fails. */
function insideOfOnread(): readonly [buffer: symbol, callback: symbol] {
  const buffer = new Uint8Array(1)
  const callback = (): boolean => true
  const options = { onread: { buffer, callback } } as SocketConstructorOpts
  const inside = new Socket(options) as unknown as Inside
  const symbols = Object.getOwnPropertySymbols(inside)
  const keyOf = (value: unknown): symbol =>
    symbols.find(key => inside[key] === value) ?? Symbol('none')
  return [keyOf(buffer), keyOf(callback)]
}
