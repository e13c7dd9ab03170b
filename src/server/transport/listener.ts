import cluster from 'node:cluster'
import { createServer, type Server } from 'node:net'
import { type Address, formatAddress } from '../config/address.ts'
import { type BoundAddress, listenAt, releaseAddress } from './listen.ts'
import { ACCEPT_OPTIONS, type ReadStrategy } from './read-strategy.ts'
import type { AcceptedTransport, TransportHandler } from './transport.ts'

/** An open listener, and the address that it was opened for: its port may be 0. */
export type Listener = {
  readonly address: Address
  readonly server: Server
  readonly bound: BoundAddress
  /** Leaves later connections to whatever accepts next. */
  stopAccepting: () => void
}

/** Receives what a listener accepts, and its errors. */
export type ListenerEvents = {
  onConnection(transport: AcceptedTransport, isUnix: boolean): TransportHandler
  onError(error: Error): void
}

/**
 * Opens a listener, which accepts connections from the moment it listens.
 *
 * @throws ListenError
 */
export async function openListener(
  address: Address,
  strategy: ReadStrategy,
  { onConnection }: Pick<ListenerEvents, 'onConnection'>,
): Promise<Listener> {
  let isUnix = 'path' in address
  const server = createServer(ACCEPT_OPTIONS)
  const stopAccepting = strategy.accept(server, transport => onConnection(transport, isUnix))
  try {
    const bound = await listenAt(server, address)
    isUnix = bound.isUnix
    return { address, server, bound, stopAccepting }
  } catch (error) {
    // It may listen already, if only naming its socket failed.
    server.close()
    throw error
  }
}

/** Sends a listener's connections and errors here, and nowhere else. */
export function handleListener(
  listener: Listener,
  strategy: ReadStrategy,
  events: ListenerEvents,
): void {
  const { server, bound } = listener
  listener.stopAccepting()
  listener.stopAccepting = strategy.accept(server, transport =>
    events.onConnection(transport, bound.isUnix),
  )
  server.removeAllListeners('error').on('error', error => events.onError(error))
}

/** Removes from a list the listener that was opened for an address, and returns it. */
export function takeListenerFor(listeners: Listener[], address: Address): Listener | undefined {
  const key = formatAddress(address)
  const at = listeners.findIndex(one => formatAddress(one.address) === key)
  return at === -1 ? undefined : listeners.splice(at, 1)[0]
}

/** Resolves when the listeners are closed, and those connections that they still count. */
export async function closeListeners(listeners: readonly Listener[]): Promise<void> {
  const open = listeners.filter(({ server }) => server.listening)
  const closed = open.map(({ server }) => new Promise(done => server.close(done)))
  // The socket files of workers belong to the primary process.
  const released = cluster.isWorker ? [] : open.map(({ address }) => releaseAddress(address))
  await Promise.all([...closed, ...released])
}
