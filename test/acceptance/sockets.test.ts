import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { RawClient } from './raw-client.ts'
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

/** A command that has said that it listens; and where. */
async function listening(
  args: readonly string[],
  sockets: readonly number[] = [],
): Promise<readonly [Command, string[]]> {
  const command = new Command([EXAMPLE_SITE, ...args], { sockets })
  onTestFinished(() => command.kill())
  const { urls } = await command.logged(/^listening$/)
  return [command, urls as string[]]
}

/** The status of a file asked for by a UNIX socket, or the code of the error. */
async function ask(path: string, target = '/'): Promise<number | string> {
  const asked = request({ socketPath: path, path: target, agent: false })
  asked.end()
  try {
    const [response] = await once(asked, 'response')
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
    it('serves there with the mode that is asked for, says so, and removes it at the end', async () => {
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
      expect(await ask(path)).toBe(200)
      expect(await ask(other, '/nowhere')).toBe(404)
      expect((await fetch(urls[2]!)).status).toBe(200)
      expect(await command.stop()).toBe(0)
      expect([existsSync(path), existsSync(other)]).toEqual([false, false])
      const remotes = command.stdoutLines.map(line => JSON.parse(line).remoteAddress)
      expect(remotes.toSorted()).toEqual(['127.0.0.1', 'unix:', 'unix:'])
    })

    it('takes the place of a server that has died, and not of one that lives, nor of a file', async () => {
      const path = newPath()
      const args = [EXAMPLE_SITE, ...workers, '-a', `unix:${path}`]
      const [first] = await listening(args.slice(1))
      const second = await Command.run(args)
      expect([second.code, second.stderr]).toEqual([
        1,
        `statewire: unix:${path}?mode=600: another program listens on this socket already\n`,
      ])
      expect(await ask(path)).toBe(200)
      await first.kill()
      expect(existsSync(path)).toBe(true)
      await expect.poll(() => ask(path)).toBe('ECONNREFUSED')
      const [third] = await listening(args.slice(1))
      expect(await ask(path)).toBe(200)
      expect(await third.stop()).toBe(0)
      writeFileSync(path, 'precious')
      expect((await Command.run(args)).stderr).toBe(
        `statewire: unix:${path}?mode=600: there is a file of this name that is no socket\n`,
      )
      expect(statSync(path).size).toBe(8)
    })

    it('is there again after all workers have died', async () => {
      if (workers.length === 0) return
      const path = newPath()
      const [command] = await listening([...workers, '-a', `unix:${path}?mode=640`])
      for (const pid of command.workerPids) process.kill(pid, 'SIGKILL')
      await command.logged(/died/, 2)
      await expect.poll(() => ask(path), { timeout: 10_000 }).toBe(200)
      expect(modeOf(path)).toBe(0o640)
      expect(await command.stop()).toBe(0)
      expect(existsSync(path)).toBe(false)
    })

    it('needs a folder', async () => {
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

/** A socket that listens, to be passed on: its descriptor, and its server, by which nobody is answered. */
async function passed(path?: string): Promise<readonly [fd: number, server: Server]> {
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
  'sockets that it is started with $workers',
  { timeout: 60_000 },
  ({ workers }) => {
    it('take the place of the default address', async () => {
      const path = newPath()
      const [tcp, tcpServer] = await passed()
      const [unix] = await passed(path)
      const { port } = tcpServer.address() as AddressInfo
      const [command, urls] = await listening([...workers, '--access-log=json'], [tcp, unix])
      expect(urls).toEqual([`http://127.0.0.1:${port}`, expect.stringMatching(/^fd:\d$/)])
      // Who of two that listen gets a connection is the system's choice, so this one closes; the other would remove its path.
      tcpServer.close()
      await expect.poll(() => ask(path)).toBe(200)
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

    it('may be named', async () => {
      const [fd, server] = await passed()
      const { port } = server.address() as AddressInfo
      const [command, urls] = await listening([...workers, '-a', 'fd:3', '-a', '127.0.0.1:0'], [fd])
      server.close()
      expect(urls[0]).toBe(`http://127.0.0.1:${port}`)
      for (const url of urls) expect((await fetch(url)).status).toBe(200)
      expect(await command.stop()).toBe(0)
    })

    it('give way to an address that is given', async () => {
      const [fd, server] = await passed()
      const { port } = server.address() as AddressInfo
      const [, urls] = await listening([...workers, '-p', '0'], [fd])
      expect(urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)])
      expect(urls[0]).not.toContain(`:${port}`)
    })

    it('outlive all workers', async () => {
      if (workers.length === 0) return
      const [fd, server] = await passed()
      const { port } = server.address() as AddressInfo
      const [command] = await listening([...workers], [fd])
      server.close()
      for (const pid of command.workerPids) process.kill(pid, 'SIGKILL')
      await command.logged(/died/, 2)
      const client = await RawClient.connect(port)
      expect((await client.request(get('/'))).status).toBe(200)
    })

    it('are not there where nobody has passed them', async () => {
      const { code, stderr } = await Command.run([EXAMPLE_SITE, ...workers, '-a', 'fd:33'])
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^statewire: fd:\d+: this process was not started with a socket there\n$/,
      )
    })
  },
)
