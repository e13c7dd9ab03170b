import { once } from 'node:events'
import { closeSync, existsSync, openSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../../../src/server/serve.ts'
import {
  isSocket,
  listenAt,
  releaseAddress,
  removeStaleSocket,
} from '../../../src/server/transport/listen.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Makes a server that closes every connection; it is closed after the test. */
function makeListener(): Server {
  const server = createServer(socket => socket.destroy())
  onTestFinished(() => {
    server.close()
  })
  return server
}

describe.skipIf(process.platform === 'win32')('a UNIX socket', () => {
  it('has its mode from the moment it has its name', async () => {
    const path = join(temporaryFolder(), 'x.sock')
    expect(await listenAt(makeListener(), { path, mode: 0o620 })).toEqual({
      url: `unix:${path}`,
      isUnix: true,
    })
    expect(statSync(path).mode & 0o777).toBe(0o620)
    expect(existsSync(`${path}.${process.pid}`)).toBe(false)
  })

  it('is not taken from a live server, nor removed once another server listens on it', async () => {
    const address = { path: join(temporaryFolder(), 'x.sock'), mode: 0o600 }
    const first = makeListener()
    await listenAt(first, address)
    await expect(removeStaleSocket(address)).rejects.toThrow(
      'another program listens on this socket already',
    )
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(true)
    first.close()
    await once(first, 'close')
    // The file is left, as by a process that was killed.
    expect(existsSync(address.path)).toBe(true)
    await listenAt(makeListener(), address)
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(true)
  })

  it('is removed if no server listens on it, and other files are not', async () => {
    const address = { path: join(temporaryFolder(), 'x.sock'), mode: 0o600 }
    const first = makeListener()
    await listenAt(first, address)
    first.close()
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(false)
    writeFileSync(address.path, 'content')
    await expect(removeStaleSocket(address)).rejects.toThrow(
      'a file of this name exists that is not a socket',
    )
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(true)
  })

  it('has clients with the remote address unix:', async () => {
    const root = temporaryFolder({ 'a.txt': 'a' })
    const path = join(root, 'x.sock')
    const server = await serve({
      root,
      listeners: [{ path, mode: 0o600 }],
      handlers: { '/who': ({ remoteAddress }, reply) => reply.send(remoteAddress) },
    })
    onTestFinished(() => server.close())
    const sent = request({ socketPath: path, path: '/who', agent: false }).end()
    const [response] = await once(sent, 'response')
    expect(String(await response.setEncoding('utf8').toArray())).toBe('unix:')
    expect(await server.drain()).toBe(true)
    expect(existsSync(path)).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')('isSocket', () => {
  it('is true for a socket, and false for a file or a closed descriptor', async () => {
    const server = makeListener().listen(0, '127.0.0.1')
    await once(server, 'listening')
    expect(isSocket((server as unknown as { _handle: { fd: number } })._handle.fd)).toBe(true)
    const file = openSync(join(temporaryFolder({ a: '' }), 'a'), 'r')
    onTestFinished(() => closeSync(file))
    expect(isSocket(file)).toBe(false)
    expect(isSocket(99_999)).toBe(false)
  })
})
