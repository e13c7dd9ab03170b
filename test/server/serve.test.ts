import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError } from '../../src/server/config/config-issue.ts'
import { serve } from '../../src/server/serve.ts'
import { ListenError } from '../../src/server/transport/listen.ts'
import { RawClient } from '../raw-client.ts'
import { get } from './fake-server.ts'
import { OwnProcess } from './own-process.ts'
import { serving } from './serving.ts'
import { temporaryFolder } from './temporary-folder.ts'

const rejection = (promise: Promise<unknown>): Promise<Error & { code?: string }> =>
  promise.then(
    () => {
      throw new Error('the promise did not reject')
    },
    error => error,
  )

describe('serve', () => {
  it('rejects with a ConfigError that names every problem', async () => {
    const error = await rejection(
      serve({ port: 99_999, rout: 'x', workers: 0, idleTimeoutMs: 'soon' } as never),
    )
    expect(error).toBeInstanceOf(ConfigError)
    const { issues } = error as ConfigError
    expect(issues.map(({ location }) => location).sort()).toEqual([
      'idleTimeoutMs',
      'port',
      'rout',
      'workers',
    ])
    expect(error.message.split('\n')).toHaveLength(4)
    expect(error.message).toContain('did you mean root?')
  })

  it.each([
    ['a root that is missing', 'missing', 'ENOENT'],
    ['a root that is a file', 'file', 'ENOTDIR'],
  ])('rejects for %s', async (_, name, code) => {
    const root = join(temporaryFolder({ file: '' }), name)
    expect(await rejection(serve({ root, port: 0 }))).toMatchObject({ code })
  })

  it('rejects with a ConfigError that names each page of a single-page application that is missing', async () => {
    const root = temporaryFolder({ 'index.html': 'home', 'coded.html.br': '', 'folder/x': '' })
    const hosts = [{ name: 'b.example', root, single: [{ prefix: '/a', file: 'folder' }] }]
    const error = await rejection(serve({ root, single: 'gone.html', hosts, port: 0 }))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error.message.split('\n')).toEqual([
      `single 'gone.html': must be the name of a file below the root ${root}, which has no /gone.html`,
      expect.stringMatching(/^hosts\[0\]\.single\[0\]\.file 'folder': must be the name of a file/),
    ])
    for (const single of ['index.html', 'coded.html'])
      await (await serve({ root, single, port: 0 })).close()
  })

  it('rejects with a ListenError of one line for a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const error = await rejection(serve({ root: temporaryFolder(), port }))
    expect(error).toBeInstanceOf(ListenError)
    expect([error.name, error.message]).toEqual([
      'ListenError',
      `127.0.0.1:${port}: another program listens on this port already`,
    ])
  })

  it('rejects with a ListenError for an address that this machine does not have', async () => {
    const error = await rejection(serve({ root: temporaryFolder(), listeners: ['192.0.2.1:0'] }))
    expect(error).toBeInstanceOf(ListenError)
    expect(error.message).toBe('192.0.2.1:0: this machine has no such address')
  })

  it('closes the other listeners if one of them fails', async () => {
    const { url } = await serving()
    const taken = Number(new URL(url).port)
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as { port: number }
    await new Promise(resolve => free.close(resolve))
    const listeners = [`127.0.0.1:${port}`, `127.0.0.1:${taken}`]
    expect(await rejection(serve({ root: temporaryFolder(), listeners }))).toBeInstanceOf(
      ListenError,
    )
    const again = createServer().listen(port, '127.0.0.1')
    await once(again, 'listening')
    again.close()
  })

  it('leaves no timer and no event listener behind after close()', async () => {
    const countsOf = () => [process.listenerCount('exit'), process.stdout.listenerCount('error')]
    const before = countsOf()
    const started = vi.spyOn(globalThis, 'setInterval')
    const stopped = vi.spyOn(globalThis, 'clearInterval')
    onTestFinished(() => void vi.restoreAllMocks())
    for (let i = 0; i < 3; i++) {
      const server = await serve({
        root: temporaryFolder(),
        port: 0,
        logLevel: 'silent',
        accessLog: 'json',
      })
      await server.close()
    }
    expect(countsOf()).toEqual(before)
    // Two for each server: the timer of the wheel, and that of the access log.
    expect(started).toHaveBeenCalledTimes(6)
    for (const { value } of started.mock.results) expect(stopped).toHaveBeenCalledWith(value)
  })

  it('starts servers that are independent of each other', async () => {
    const [one, two] = [
      await serving({ root: temporaryFolder({ a: 'one' }) }),
      await serving({ root: temporaryFolder({ a: 'two' }) }),
    ]
    expect(await (await fetch(`${one.url}/a`)).text()).toBe('one')
    await one.server.close()
    expect(await (await fetch(`${two.url}/a`)).text()).toBe('two')
  })
})

describe('a process that has called serve()', () => {
  it.each(['drain', 'close'] as const)(
    'exits after %s(), though a client stays connected',
    async method => {
      const program = new OwnProcess({ accessLog: 'json', lingerTimeoutMs: 100 })
      const { urls } = await program.nextMessage()
      const client = await RawClient.connect(urls![0]!)
      client.send(get('/pid'))
      await client.until(/\d$/)
      expect(await program.end(method)).toEqual({ [method]: method === 'drain' ? true : null })
      expect(await program.exited).toEqual([0, null])
      expect(program.stderr).toBe('')
    },
  )

  it('exits after serve() has rejected', async () => {
    const { url } = await serving()
    const program = new OwnProcess({ port: Number(new URL(url).port) })
    const { error } = await program.nextMessage()
    expect(error?.name).toBe('ListenError')
    expect(await program.exited).toEqual([0, null])
  })
})
