import cluster from 'node:cluster'
import { createServer, type Server, type Socket } from 'node:net'
import { type Address, formatAddress } from '../config/address.ts'
import { type BoundAddress, listenAt, releaseAddress } from './listen.ts'
import { ACCEPT_OPTIONS } from './read-strategy.ts'

/** An open listener, and the address that it was opened for: its port may be 0. */
export type Listener = {
  readonly address: Address
  readonly server: Server
  readonly bound: BoundAddress
}

/** Receives what a listener accepts, and its errors. */
export type ListenerEvents = {
  onConnection(socket: Socket, isUnix: boolean): void
  onError(error: Error): void
}

/**
 * Opens a listener, which accepts connections from the moment it listens.
 *
 * @throws ListenError
 */
export async function openListener(
  address: Address,
  { onConnection }: Pick<ListenerEvents, 'onConnection'>,
): Promise<Listener> {
  let isUnix = false
  const server = createServer(ACCEPT_OPTIONS, socket => onConnection(socket, isUnix))
  try {
    const bound = await listenAt(server, address)
    isUnix = bound.isUnix
    return { address, server, bound }
  } catch (error) {
    // It may listen already, if only naming its socket failed.
    server.close()
    throw error
  }
}

/** Sends a listener's connections and errors here, and nowhere else. */
export function handleListener({ server, bound }: Listener, events: ListenerEvents): void {
  server
    .removeAllListeners('connection')
    .on('connection', socket => events.onConnection(socket, bound.isUnix))
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
