import { Socket, type SocketConstructorOpts } from 'node:net'
import { ReadBuffer } from '../../parser/index.ts'
import { DirectWriter } from './direct-write.ts'
import type { Connect, ReadStrategy } from './read-strategy.ts'
import { acceptSockets, handlerOf, SocketTransport } from './socket-transport.ts'
import { streamBinding } from './stream-binding.ts'

const BUFFER_BYTES = 64 * 1024

/**
 * The undocumented members of a socket that this file needs; `chooseReadStrategy()` probes them.
 */
type SocketInternals = {
  readonly _handle: { useUserBuffer(buffer: Uint8Array): void } | null
  [key: symbol]: unknown
}

/** The keys under which a socket made with `onread` keeps its buffer and its callback. */
const [BUFFER, CALLBACK] = findOnreadKeys()

/**
 * Reads into one buffer for all connections, which libuv fills in place: no allocation and no
 * stream machinery per read. Node offers `onread` for sockets that connect, not for accepted ones;
 * an accepted socket, still paused, gets the buffer and callback that `onread` would have set.
 */
export function sharedBuffer(bufferBytes: number = BUFFER_BYTES): ReadStrategy {
  // ZERO-COPY: owned here, lent to one handler for one call at a time.
  const buffer = new ReadBuffer(bufferBytes)
  const binding = streamBinding()
  const direct = binding && new DirectWriter(binding)

  /** Called on the socket; one function for all of them. */
  function onRead(this: Socket, bytesRead: number): boolean {
    handlerOf(this).onData(buffer, 0, bytesRead)
    return true
  }

  function attach(socket: Socket, connect: Connect): void {
    const transport = new SocketTransport(socket, direct)
    transport.attach(connect(transport))
    const internals = socket as unknown as SocketInternals
    // The new connection may have been rejected and destroyed at once.
    if (internals._handle === null) return
    internals[BUFFER] = buffer
    internals[CALLBACK] = onRead
    internals._handle.useUserBuffer(buffer)
    socket.resume()
  }

  return {
    name: 'shared-buffer',
    accept: (server, connect, onFailure) =>
      acceptSockets(server, socket => attach(socket, connect), onFailure),
  }
}

/**
 * Looks the two symbols up on a socket made with `onread`. Where Node has none, the probe fails.
 */
function findOnreadKeys(): readonly [buffer: symbol, callback: symbol] {
  const buffer = new Uint8Array(1)
  const callback = (): boolean => true
  const options = { onread: { buffer, callback } } as SocketConstructorOpts
  const internals = new Socket(options) as unknown as SocketInternals
  const symbols = Object.getOwnPropertySymbols(internals)
  const keyOf = (value: unknown): symbol =>
    symbols.find(key => internals[key] === value) ?? Symbol('none')
  return [keyOf(buffer), keyOf(callback)]
}
