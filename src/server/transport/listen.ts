import cluster from 'node:cluster'
import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { chmod, lstat, rename, rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import {
  type Address,
  formatAddress,
  type InheritedAddress,
  type UnixAddress,
} from '../config/address.ts'

/**
 * How many connections may await their accept, while this process is busy: as many as Linux grants unless told otherwise
 * (net.core.somaxconn). With Node's 511, of 2000 clients that come at once half had to try again, a second later.
 */
const BACKLOG = 4096

/** Where a listener has come to listen. */
export type BoundAddress = { readonly url: string; readonly isUnix: boolean }

/** Has a listener listen. Rejects with an error of the system, or one whose message is the reason. */
export async function listenAt(listener: Server, address: Address): Promise<BoundAddress> {
  if ('path' in address) {
    if (!cluster.isWorker) await removeStaleSocket(address)
    const birthPath = temporarySocketPath(address, cluster.isWorker ? process.ppid : process.pid)
    listener.listen({ path: birthPath, backlog: BACKLOG })
    await once(listener, 'listening')
    await nameSocket(birthPath, address)
    return { url: `unix:${address.path}`, isUnix: true }
  }
  if ('fd' in address) listenOnDescriptor(listener, address)
  else listener.listen({ host: address.host, port: address.port, backlog: BACKLOG })
  await once(listener, 'listening')
  const bound = listener.address()
  if (bound === null || typeof bound === 'string')
    return { url: formatAddress(address), isUnix: true }
  return {
    url: `http://${formatAddress({ host: bound.address, port: bound.port })}`,
    isUnix: false,
  }
}

/** What of a server is needed where `listen()` would have the primary process listen on a descriptor of its own. Undocumented. */
type Inside = Server & {
  _listen2(address: null, port: null, addressType: null, backlog: number, fd: number): void
}

/**
 * Of a worker, it is the worker's own descriptor: the primary process would close its one when all workers have died, and could give
 * nothing to those that come after.
 */
function listenOnDescriptor(listener: Server, { fd }: InheritedAddress): void {
  if (!isSocket(fd)) throw new Error('this process was not started with a socket there')
  if (cluster.isWorker) (listener as Inside)._listen2(null, null, null, BACKLOG, fd)
  else listener.listen({ fd, backlog: BACKLOG })
}

/** Whether a descriptor is one of a socket. */
export function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}

/**
 * Removes the socket of a server that has died. Rejects where there is one that lives, or something else. Where there are workers, this is
 * for their primary process.
 */
export async function removeStaleSocket(address: UnixAddress): Promise<void> {
  const { path } = address
  await rm(temporarySocketPath(address, process.pid), { force: true })
  const status = await lstat(path).catch(ignoreAbsent)
  if (status === undefined) return
  if (!status.isSocket()) throw new Error('there is a file of this name that is no socket')
  if (await isAnswered(path)) throw new Error('another program listens on this socket already')
  await rm(path, { force: true })
}

/** Removes what an address has in the file system once nobody listens there any more, unless another server has taken its place. */
export async function releaseAddress(address: Address): Promise<void> {
  if ('path' in address) await removeStaleSocket(address).catch(() => {})
}

/** The name of a socket that nobody may connect to yet. */
function temporarySocketPath({ path }: UnixAddress, pid: number): string {
  return `${path}.${pid}`
}

/** Only with its mode does a socket get its name, and in one step: there is never none, and never one for all the world. */
async function nameSocket(birthPath: string, { path, mode }: UnixAddress): Promise<void> {
  // Workers share the socket: where it is absent, another of them was first.
  await chmod(birthPath, mode).catch(ignoreAbsent)
  await rename(birthPath, path).catch(ignoreAbsent)
}

/** Whether a program listens on a socket. */
async function isAnswered(path: string): Promise<boolean> {
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

/** What libuv says also of a folder that is not there. */
const UNIX_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'there is no such folder, or it may not be written to',
}

/** What keeps a listener from listening, in one line. */
export function describeListenError(error: NodeJS.ErrnoException, address: Address): string {
  const { code = '', message } = error
  if ('fd' in address) return message
  if ('path' in address) return UNIX_REASONS[code] ?? message
  if (code === 'EACCES')
    return `port ${address.port} is for privileged programs; take one from 1024 up`
  return TCP_REASONS[code] ?? message
}
