import type { Server } from 'node:net'
import { ReadBuffer } from '../../parser/index.ts'
import { AcceptBurst } from './accept-burst.ts'
import { DirectWriter } from './direct-write.ts'
import {
  type AcceptedHandle,
  type ConnectionCount,
  RawTransport,
  type TransportShare,
} from './raw-transport.ts'
import type { Connect, ReadStrategy } from './read-strategy.ts'
import { acceptSockets } from './socket-transport.ts'
import { attachStream } from './stream.ts'
import { streamBinding } from './stream-binding.ts'

const BUFFER_BYTES = 64 * 1024

type OnConnection = (
  this: ListeningHandle,
  status: number,
  accepted: AcceptedHandle | undefined,
) => void

type ListeningHandle = {
  onconnection?: OnConnection
  setNoDelay?(noDelay: boolean): number
}

/** The undocumented members of a server that this file needs; the probe tests them. */
type ServerInternals = Server & ConnectionCount & { readonly _handle: ListeningHandle | null }

/**
 * Takes the handles that libuv accepts, before a `net.Socket` is made of them, and reads them into
 * one buffer, which libuv fills in place. `net.Server` still listens, and counts the connections.
 *
 * @returns undefined where this runtime lacks the binding that it needs
 */
export function raw(bufferBytes: number = BUFFER_BYTES): ReadStrategy | undefined {
  const binding = streamBinding()
  if (binding === undefined) return undefined
  // ZERO-COPY: owned here, lent to one handler for one call at a time.
  const buffer = new ReadBuffer(bufferBytes)
  const writer = new DirectWriter(binding)
  const burst = new AcceptBurst()

  return {
    name: 'raw',
    accept(server, connect, onFailure) {
      const internals = server as ServerInternals
      const share = { server: internals, buffer, writer, burst, binding, isNoDelayInherited: false }
      const stopHandles = whenListening(internals, () =>
        acceptHandles(internals, share, connect, onFailure),
      )
      // Node gives a worker's connection that arrives with the order to listen to its own listener.
      const stopSockets = acceptSockets(server, one => attachStream(one, connect), onFailure)
      return () => {
        stopHandles()
        stopSockets()
      }
    },
  }
}

/** Calls `begin` as soon as the server has a handle, before that can accept anything. */
function whenListening(server: ServerInternals, begin: () => () => void): () => void {
  if (server.listening) return begin()
  let stop: (() => void) | undefined
  const onListening = (): void => {
    stop = begin()
  }
  server.once('listening', onListening)
  return () => {
    server.off('listening', onListening)
    stop?.()
  }
}

/** Replaces the function that makes sockets of handles, until the returned one is called. */
function acceptHandles(
  server: ServerInternals,
  share: TransportShare,
  connect: Connect,
  onFailure: ((error: unknown) => void) | undefined,
): () => void {
  const listening = server._handle
  const makeSocket = listening?.onconnection
  // Sockets then.
  if (listening === null || makeSocket === undefined) return () => {}

  // A system call less per connection.
  share.isNoDelayInherited = process.platform === 'linux' && listening.setNoDelay?.(true) === 0
  listening.onconnection = function (status, accepted) {
    const isOverMax = server.maxConnections > 0 && server._connections >= server.maxConnections
    if (status !== 0 || accepted === undefined || isOverMax)
      return makeSocket.call(this, status, accepted)
    server._connections++
    share.burst.begin()
    try {
      new RawTransport(accepted, share).open(connect)
    } catch (error) {
      if (onFailure === undefined) throw error
      onFailure(error)
    }
  }
  return () => {
    // A closed server has no handle.
    if (server._handle === listening) listening.onconnection = makeSocket
  }
}
