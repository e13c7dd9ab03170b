import cluster from 'node:cluster'
import { once } from 'node:events'
// Not node:fs/promises: that would be loaded at start, and only UNIX sockets need it.
import { promises as files, fstatSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import {
  type Address,
  formatAddress,
  type InheritedAddress,
  type UnixAddress,
} from '../config/address.ts'

/**
 * The length of the accept queue: as many connections as Linux allows by default
 * (net.core.somaxconn). With Node's 511, half of 2000 clients that connected at once had to retry a
 * second later.
 */
const BACKLOG = 4096

/** Where a listener listens. */
export type BoundAddress = { readonly url: string; readonly isUnix: boolean }

/**
 * The server cannot listen on an address. The message says which and why in one line.
 *
 * @example
 * const first = await serve({ root: 'examples/site', port: 0 })
 * const port = Number(new URL(first.urls[0]!).port)
 * const second = await serve({ root: 'examples/site', port }).catch(error => error)
 * second instanceof ListenError // => true
 * await first.close()
 */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** @throws ListenError */
export async function listenAt(listener: Server, address: Address): Promise<BoundAddress> {
  try {
    return await listen(listener, address)
  } catch (error) {
    throw listenError(address, error as Error)
  }
}

export function listenError(address: Address, error: NodeJS.ErrnoException): ListenError {
  return new ListenError(`${formatAddress(address)}: ${describeListenError(error, address)}`)
}

async function listen(listener: Server, address: Address): Promise<BoundAddress> {
  if ('path' in address) {
    if (!cluster.isWorker) await removeStaleSocket(address)
    const temporary = temporarySocketPath(address, cluster.isWorker ? process.ppid : process.pid)
    listener.listen({ path: temporary, backlog: BACKLOG })
    await once(listener, 'listening')
    await nameSocket(temporary, address).catch(error => {
      // The primary, which made the socket, may have another user, and names it.
      if (!cluster.isWorker || error.code !== 'EPERM') throw error
    })
    return { url: `unix:${address.path}`, isUnix: true }
  }
  if ('fd' in address) listenOnDescriptor(listener, address)
  else listener.listen({ host: address.host, port: address.port, backlog: BACKLOG })
  await once(listener, 'listening')
  const bound = listener.address()
  if (bound === null || typeof bound === 'string')
    return { url: formatAddress(address), isUnix: true }
  const { address: host, port } = bound
  return { url: `http://${formatAddress({ host, port })}`, isUnix: false }
}

/**
 * Undocumented: listens on this process's own descriptor, where `listen()` would ask the primary.
 */
type ServerInternals = Server & {
  _listen2(address: null, port: null, addressType: null, backlog: number, fd: number): void
}

/**
 * A worker listens on its own descriptor: the primary process would close its one when all workers
 * have died, and could give nothing to later ones.
 */
function listenOnDescriptor(listener: Server, { fd }: InheritedAddress): void {
  if (!isSocket(fd)) throw new Error('this process was not started with a socket there')
  if (cluster.isWorker) (listener as ServerInternals)._listen2(null, null, null, BACKLOG, fd)
  else listener.listen({ fd, backlog: BACKLOG })
}

export function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}

/**
 * Removes the socket file of a server that has died. With workers, their primary process does so.
 *
 * @throws Error if a live server or another file has the name
 */
export async function removeStaleSocket(address: UnixAddress): Promise<void> {
  const { path } = address
  await files.rm(temporarySocketPath(address, process.pid), { force: true })
  const status = await files.lstat(path).catch(ignoreAbsent)
  if (status === undefined) return
  if (!status.isSocket()) throw new Error('a file of this name exists that is not a socket')
  if (await acceptsConnections(path))
    throw new Error('another program listens on this socket already')
  await files.rm(path, { force: true })
}

/** Removes the socket file of an address, unless another server listens there by now. */
export async function releaseAddress(address: Address): Promise<void> {
  if ('path' in address) await removeStaleSocket(address).catch(() => {})
}

function temporarySocketPath({ path }: UnixAddress, pid: number): string {
  return `${path}.${pid}`
}

/**
 * Sets a socket's mode before it gets its name, by one rename: at no moment is the name missing or
 * open to all users.
 */
async function nameSocket(temporary: string, { path, mode }: UnixAddress): Promise<void> {
  // Workers share the socket: if it is absent, another worker has renamed it.
  await files.chmod(temporary, mode).catch(ignoreAbsent)
  await files.rename(temporary, path).catch(ignoreAbsent)
}

/** In a primary process: names the socket that it has made for a worker. */
export async function nameSharedSocket(address: Address): Promise<void> {
  if ('path' in address) await nameSocket(temporarySocketPath(address, process.pid), address)
}

async function acceptsConnections(path: string): Promise<boolean> {
  const client = connect({ path })
  try {
    await once(client, 'connect')
    return true
  } catch (error) {
    return !['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
  } finally {
    client.destroy()
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

const TCP_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens on this port already',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
}

const UNIX_REASONS: Readonly<Record<string, string>> = {
  // libuv's code for a missing folder too.
  EACCES: 'there is no such folder, or it may not be written to',
}

/** Says in one line why a listener cannot listen. */
function describeListenError(error: NodeJS.ErrnoException, address: Address): string {
  const { code = '', message } = error
  if ('fd' in address) return message
  if ('path' in address) return UNIX_REASONS[code] ?? message
  if (code === 'EACCES')
    return `port ${address.port} is for privileged programs; use one from 1024 up, such as 8080`
  return TCP_REASONS[code] ?? message
}
