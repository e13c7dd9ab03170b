import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { Command, EXAMPLE_SITE } from './running-server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'statewire-sockets-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const BOTH: readonly { readonly workers: readonly string[] }[] = [
  { workers: [] },
  { workers: ['--workers=2'] },
]

let count = 0
const newPath = (): string => join(folder, `${count++}.sock`)

/** Starts a server. Resolves to its command and its URLs once it has logged that it listens. */
async function listening(
  args: readonly string[],
  sockets: readonly number[] = [],
): Promise<readonly [Command, string[]]> {
  const command = new Command([EXAMPLE_SITE, ...args], { sockets })
  onTestFinished(() => command.kill())
  const { urls } = await command.logged(/^listening$/)
  return [command, urls as string[]]
}

/** Requests a target on a UNIX socket. Returns the status, or the code of the error. */
async function statusOf(path: string, target = '/'): Promise<number | string> {
  const sent = request({ socketPath: path, path: target, agent: false })
  sent.end()
  try {
    const [response] = await once(sent, 'response')
    response.resume()
    return response.statusCode
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

describe.skipIf(process.platform === 'win32').each(BOTH)(
  'unix:/path $workers',
  { timeout: 60_000 },
  ({ workers }) => {
    it('listens there with the given mode, logs it, and removes the socket at the end', async () => {
      const [path, other] = [newPath(), newPath()]
      const [command, urls] = await listening([
        ...workers,
        '-a',
        `unix:${path}?mode=660`,
        `--address=unix:${other}`,
        '--address=127.0.0.1:0',
        '--access-log=json',
      ])
      expect(urls.slice(0, 2)).toEqual([`unix:${path}`, `unix:${other}`])
      expect([modeOf(path), modeOf(other)]).toEqual([0o660, 0o600])
      expect(await statusOf(path)).toBe(200)
      expect(await statusOf(other, '/nowhere')).toBe(404)
      expect((await fetch(urls[2]!)).status).toBe(200)
      expect(await command.stop()).toBe(0)
      expect([existsSync(path), existsSync(other)]).toEqual([false, false])
      const remotes = command.stdoutLines.map(line => JSON.parse(line).remoteAddress)
      expect(remotes.toSorted()).toEqual(['127.0.0.1', 'unix:', 'unix:'])
    })

    it('replaces the socket of a dead server, but not that of a live one, nor a file', async () => {
      const path = newPath()
      const args = [EXAMPLE_SITE, ...workers, '-a', `unix:${path}`]
      const [first] = await listening(args.slice(1))
      const second = await Command.run(args)
      expect([second.code, second.stderr]).toEqual([
        1,
        `statewire: unix:${path}?mode=600: another program listens on this socket already\n`,
      ])
      expect(await statusOf(path)).toBe(200)
      await first.kill()
      expect(existsSync(path)).toBe(true)
      await expect.poll(() => statusOf(path)).toBe('ECONNREFUSED')
      const [third] = await listening(args.slice(1))
      expect(await statusOf(path)).toBe(200)
      expect(await third.stop()).toBe(0)
      writeFileSync(path, 'precious')
      expect((await Command.run(args)).stderr).toBe(
        `statewire: unix:${path}?mode=600: a file of this name exists that is not a socket\n`,
      )
      expect(statSync(path).size).toBe(8)
    })

    it('is restored after all workers have died', async () => {
      if (workers.length === 0) return
      const path = newPath()
      const [command] = await listening([...workers, '-a', `unix:${path}?mode=640`])
      for (const pid of command.workerPids) process.kill(pid, 'SIGKILL')
      await command.logged(/died/, 2)
      await expect.poll(() => statusOf(path), { timeout: 10_000 }).toBe(200)
      expect(modeOf(path)).toBe(0o640)
      expect(await command.stop()).toBe(0)
      expect(existsSync(path)).toBe(false)
    })

    it('requires an existing folder', async () => {
      const { code, stderr } = await Command.run([
        EXAMPLE_SITE,
        ...workers,
        '-a',
        `unix:${folder}/none/x.sock`,
      ])
      expect([code, stderr]).toEqual([
        1,
        `statewire: unix:${folder}/none/x.sock?mode=600: there is no such folder, or it may not be written to\n`,
      ])
    })
  },
)

/**
 * Opens a listening socket to pass to a command. Resolves to its descriptor and its own server,
 * which destroys every connection.
 */
async function openSocket(path?: string): Promise<readonly [fd: number, server: Server]> {
  const server = createServer(socket => socket.destroy())
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return [(server as unknown as { _handle: { fd: number } })._handle.fd, server]
}

describe.skipIf(process.platform === 'win32').each(BOTH)(
  'sockets passed at the start $workers',
  { timeout: 60_000 },
  ({ workers }) => {
    it('replace the default address', async () => {
      const path = newPath()
      const [tcp, tcpServer] = await openSocket()
      const [unix] = await openSocket(path)
      const { port } = tcpServer.address() as AddressInfo
      const [command, urls] = await listening([...workers, '--access-log=json'], [tcp, unix])
      expect(urls).toEqual([`http://127.0.0.1:${port}`, expect.stringMatching(/^fd:\d$/)])
      // Two servers listen on the TCP socket, and the kernel chooses one, so this one closes.
      // Closing the other one would remove the path of the UNIX socket.
      tcpServer.close()
      await expect.poll(() => statusOf(path)).toBe(200)
      for (let i = 0; i < 4; i++) {
        const client = await RawClient.connect(port)
        expect((await client.request(get('/'))).status).toBe(200)
        client.destroy()
      }
      expect(await command.stop()).toBe(0)
      expect(new Set(command.stdoutLines.map(line => JSON.parse(line).remoteAddress))).toEqual(
        new Set(['127.0.0.1', 'unix:']),
      )
    })

    it('may be named by fd:', async () => {
      const [fd, server] = await openSocket()
      const { port } = server.address() as AddressInfo
      const [command, urls] = await listening([...workers, '-a', 'fd:3', '-a', '127.0.0.1:0'], [fd])
      server.close()
      expect(urls[0]).toBe(`http://127.0.0.1:${port}`)
      for (const url of urls) expect((await fetch(url)).status).toBe(200)
      expect(await command.stop()).toBe(0)
    })

    it('are ignored if an address is given', async () => {
      const [fd, server] = await openSocket()
      const { port } = server.address() as AddressInfo
      const [, urls] = await listening([...workers, '-p', '0'], [fd])
      expect(urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)])
      expect(urls[0]).not.toContain(`:${port}`)
    })

    it('stay open when all workers die', async () => {
      if (workers.length === 0) return
      const [fd, server] = await openSocket()
      const { port } = server.address() as AddressInfo
      const [command] = await listening([...workers], [fd])
      server.close()
      for (const pid of command.workerPids) process.kill(pid, 'SIGKILL')
      await command.logged(/died/, 2)
      const client = await RawClient.connect(port)
      expect((await client.request(get('/'))).status).toBe(200)
    })

    it('are an error if fd: names one that was not passed', async () => {
      const { code, stderr } = await Command.run([EXAMPLE_SITE, ...workers, '-a', 'fd:33'])
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^statewire: fd:\d+: this process was not started with a socket there\n$/,
      )
    })
  },
)
