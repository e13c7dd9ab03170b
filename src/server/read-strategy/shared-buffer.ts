import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { SocketWire, type WireListener } from '../wire.ts'
import type { ReadStrategy } from './read-strategy.ts'

const BUFFER_BYTES = 64 * 1024

/** What of a socket's inside is needed to move its handle into another. Undocumented, so it stays in this file, and is probed. */
type Inside = { _handle: unknown; _server: unknown; server: unknown; [listenerOf]?: WireListener }

const listenerOf = Symbol('the listener of a socket')

/**
 * One buffer for all connections, which libuv fills in place: no allocation and no stream machinery per read. Node has
 * `onread` for sockets that one makes, not for accepted ones; so an accepted socket, still paused, gives its handle to a new
 * socket, and its place in the server's count of connections.
 */
export function sharedBuffer(bufferBytes: number = BUFFER_BYTES): ReadStrategy {
  // ZERO-COPY: owned here, lent to one listener for one call at a time.
  const buffer = new Uint8Array(bufferBytes)

  /** Called on the socket; one function for all of them. */
  function received(this: unknown, bytesRead: number): boolean {
    ;(this as Inside)[listenerOf]!.received(buffer, 0, bytesRead)
    return true
  }
  const onread: OnReadOpts = { buffer, callback: received }

  return {
    name: 'shared-buffer',
    adopt(accepted, connect) {
      const from = accepted as unknown as Inside
      const socket = new Socket({
        handle: from._handle,
        allowHalfOpen: true,
        onread,
      } as SocketConstructorOpts)
      const to = socket as unknown as Inside
      to._server = from._server
      to.server = from.server
      from._handle = null
      from._server = null
      const wire = new SocketWire(socket)
      const listener = connect(wire)
      to[listenerOf] = listener
      wire.listen(listener)
      socket.resume()
    },
  }
}
