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

function listener(): Server {
  const server = createServer(socket => socket.destroy())
  onTestFinished(() => {
    server.close()
  })
  return server
}

describe.skipIf(process.platform === 'win32')('a UNIX socket', () => {
  it('has its mode as soon as it has its name', async () => {
    const path = join(temporaryFolder(), 'x.sock')
    expect(await listenAt(listener(), { path, mode: 0o620 })).toEqual({
      url: `unix:${path}`,
      isUnix: true,
    })
    expect(statSync(path).mode & 0o777).toBe(0o620)
    expect(existsSync(`${path}.${process.pid}`)).toBe(false)
  })

  it('is taken from nobody who listens on it, and left to who has taken it over', async () => {
    const address = { path: join(temporaryFolder(), 'x.sock'), mode: 0o600 }
    const first = listener()
    await listenAt(first, address)
    await expect(removeStaleSocket(address)).rejects.toThrow(
      'another program listens on this socket already',
    )
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(true)
    first.close()
    await once(first, 'close')
    // As after the end of a process that could not clean up.
    expect(existsSync(address.path)).toBe(true)
    await listenAt(listener(), address)
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(true)
  })

  it('is removed where nobody listens, and a file is not', async () => {
    const address = { path: join(temporaryFolder(), 'x.sock'), mode: 0o600 }
    const first = listener()
    await listenAt(first, address)
    first.close()
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(false)
    writeFileSync(address.path, 'precious')
    await expect(removeStaleSocket(address)).rejects.toThrow(
      'a file of this name exists that is not a socket',
    )
    await releaseAddress(address)
    expect(existsSync(address.path)).toBe(true)
  })

  it('tells handlers that a client is local', async () => {
    const root = temporaryFolder({ 'a.txt': 'a' })
    const path = join(root, 'x.sock')
    const server = await serve({
      root,
      listeners: [{ path, mode: 0o600 }],
      handlers: { '/who': ({ remoteAddress }, reply) => reply.send(remoteAddress) },
    })
    onTestFinished(() => server.close())
    const asked = request({ socketPath: path, path: '/who', agent: false }).end()
    const [response] = await once(asked, 'response')
    expect(String(await response.setEncoding('utf8').toArray())).toBe('unix:')
    expect(await server.drain()).toBe(true)
    expect(existsSync(path)).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')('isSocket', () => {
  it('knows sockets from files and from nothing', async () => {
    const server = listener().listen(0, '127.0.0.1')
    await once(server, 'listening')
    expect(isSocket((server as unknown as { _handle: { fd: number } })._handle.fd)).toBe(true)
    const file = openSync(join(temporaryFolder({ a: '' }), 'a'), 'r')
    onTestFinished(() => closeSync(file))
    expect(isSocket(file)).toBe(false)
    expect(isSocket(99_999)).toBe(false)
  })
})
