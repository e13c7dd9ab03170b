import cluster from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Address, formatAddress } from '../config/address.ts'
import { isSocket, ListenError, listenError, removeStaleSocket } from '../transport/listen.ts'

/** Replaces port 0 by a free port, and removes the stale file of a UNIX socket. */
export async function pickPort(address: Address): Promise<Address> {
  if ('path' in address)
    await removeStaleSocket(address).catch(error => {
      throw listenError(address, error)
    })
  if ('fd' in address && !isSocket(address.fd))
    throw new ListenError(
      `${formatAddress(address)}: this process was not started with a socket there`,
    )
  if (!('port' in address) || address.port !== 0) return address
  const { host, port } = address
  const server = createServer().listen({ host, port })
  await once(server, 'listening').catch(error => {
    throw new ListenError(`${formatAddress({ host, port })}: ${error.message}`)
  })
  const picked = (server.address() as AddressInfo).port
  server.close()
  await once(server, 'close')
  return { host, port: picked }
}

/**
 * Lets later workers inherit this process's sockets. Returns the addresses as a worker sees them.
 */
export function inheritSockets(listeners: readonly Address[]): readonly Address[] {
  const descriptors = listeners.flatMap(address => ('fd' in address ? [address.fd] : []))
  if (descriptors.length === 0) return listeners
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc', ...descriptors] as const
  cluster.setupPrimary({ stdio: [...stdio] })
  return listeners.map(address => ('fd' in address ? { fd: stdio.indexOf(address.fd) } : address))
}
