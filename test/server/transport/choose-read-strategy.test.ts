import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { chooseReadStrategy } from '../../../src/server/transport/choose-read-strategy.ts'
import type { Connect, ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import { acceptSockets } from '../../../src/server/transport/socket-transport.ts'
import { attachStream, stream } from '../../../src/server/transport/stream.ts'
import { eventually } from '../eventually.ts'

const CLUSTER_ECHO = fileURLToPath(new URL('cluster-echo.mjs', import.meta.url))
const RAW = '../../../src/server/transport/raw.ts'
const SHARED_BUFFER = '../../../src/server/transport/shared-buffer.ts'

type Attach = (accepted: Socket, connect: Connect) => void

/** Returns the kinds of the sockets and servers that this process has open. */
const openSockets = (): string[] =>
  process.getActiveResourcesInfo().filter(name => /^(TCP|Pipe)\w*Wrap$/.test(name))

describe('chooseReadStrategy', () => {
  it.each(['raw', 'shared-buffer'] as const)(
    'returns %s on a Node where it works, such as this one',
    async name => {
      const { strategy, reason } = await chooseReadStrategy(name)
      expect([strategy.name, reason]).toEqual([name, undefined])
    },
  )

  it('returns stream without a probe', async () => {
    expect(await chooseReadStrategy('stream')).toEqual({ strategy: stream })
  })

  it.each(['raw', 'shared-buffer'] as const)('leaves no socket open with %s', async name => {
    const before = openSockets()
    await chooseReadStrategy(name)
    await eventually(() => expect(openSockets()).toEqual(before))
  })
})

describe('chooseReadStrategy if a strategy does not work', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.doUnmock(RAW)
    vi.doUnmock(SHARED_BUFFER)
    vi.resetModules()
  })

  /** Returns what is chosen for `name` if `raw` and `shared-buffer` are replaced by these. */
  async function chooseWith(
    name: 'raw' | 'shared-buffer',
    create: {
      raw?: (ownStream: ReadStrategy) => ReadStrategy | undefined
      sharedBuffer?: () => ReadStrategy
    },
  ) {
    vi.resetModules()
    // A shorter timeout of the probe, so that the tests are fast.
    const timeout = AbortSignal.timeout
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => timeout(ms / 10))
    const { raw, sharedBuffer } = create
    if (raw !== undefined)
      vi.doMock(RAW, async () => {
        const { stream } = await import('../../../src/server/transport/stream.ts')
        return { raw: () => raw(stream) }
      })
    if (sharedBuffer !== undefined) vi.doMock(SHARED_BUFFER, () => ({ sharedBuffer }))
    const { chooseReadStrategy } = await import(
      '../../../src/server/transport/choose-read-strategy.ts'
    )
    const { strategy, reason } = await chooseReadStrategy(name)
    return { name: strategy.name, reason }
  }

  /** A strategy that attaches to sockets in this way. */
  const attaching = (name: ReadStrategy['name'], attach: Attach): ReadStrategy => ({
    name,
    accept: (server, connect, onFailure) =>
      acceptSockets(server, socket => attach(socket, connect), onFailure),
  })

  it('returns shared-buffer and the reason if raw is not available', async () => {
    expect(await chooseWith('raw', { raw: () => undefined })).toEqual({
      name: 'shared-buffer',
      reason: expect.stringContaining('binding'),
    })
  })

  it('returns shared-buffer and the reason if the handles of raw become sockets', async () => {
    const raw = (stream: ReadStrategy): ReadStrategy => ({ ...stream, name: 'raw' })
    expect(await chooseWith('raw', { raw })).toEqual({
      name: 'shared-buffer',
      reason: 'connections are accepted as sockets',
    })
  })

  it('returns stream and the first reason if neither works', async () => {
    const fail = (name: ReadStrategy['name']) => () =>
      attaching(name, () => {
        throw new Error(`no ${name}`)
      })
    const chosen = await chooseWith('raw', {
      raw: fail('raw'),
      sharedBuffer: fail('shared-buffer'),
    })
    expect(chosen).toEqual({ name: 'stream', reason: 'no raw' })
  })

  it.each<[string, Attach]>([
    [
      'reads other bytes than the client sent',
      (accepted, connect) =>
        attachStream(accepted, transport => {
          const handler = connect(transport)
          return { ...handler, onData: () => handler.onData(Buffer.from('other'), 0, 5) }
        }),
    ],
    ['reads nothing and reports no FIN', () => {}],
    [
      'reports the FIN, but no bytes',
      (accepted, connect) =>
        attachStream(accepted, transport => ({
          ...connect(transport),
          onData() {},
          onEnd: () => transport.end(),
        })),
    ],
    ['loses the connection', accepted => accepted.destroy()],
    [
      'removes the socket from the server’s count',
      (accepted, connect) => {
        ;(accepted as unknown as { _server: unknown })._server = null
        attachStream(accepted, connect)
      },
    ],
    [
      'throws',
      () => {
        throw new Error('no such handle')
      },
    ],
  ])('returns stream and the reason if it %s', { timeout: 3000 }, async (_, attach) => {
    const before = openSockets().length
    const sharedBuffer = () => attaching('shared-buffer', attach)
    const chosen = await chooseWith('shared-buffer', { sharedBuffer })
    expect(chosen).toEqual({ name: 'stream', reason: expect.stringMatching(/./) })
    await eventually(() => expect(openSockets().length).toBeLessThanOrEqual(before))
  })
})

describe('chooseReadStrategy where Node forbids process.binding()', () => {
  const [major = 0] = process.versions.node.split('.').map(Number)

  it.each([
    ['--throw-deprecation', '--pending-deprecation'],
    // The network is allowed unless this flag exists; Node 24 has the model without it.
    major < 24
      ? ['--experimental-permission', '--allow-fs-read=*']
      : ['--permission', '--allow-fs-read=*', ...(major < 25 ? [] : ['--allow-net'])],
  ])('returns shared-buffer, and throws nothing, with %s', (...flags) => {
    const url = new URL('../../../dist/server/transport/choose-read-strategy.js', import.meta.url)
    const program = `
      import { chooseReadStrategy } from '${url}'
      const { strategy, reason } = await chooseReadStrategy('raw')
      console.log(strategy.name, reason)`
    const { stdout, status } = spawnSync(
      process.execPath,
      [...flags, '--input-type=module', '--eval', program],
      { encoding: 'utf8', timeout: 10_000 },
    )
    expect([stdout.trim(), status]).toEqual(['shared-buffer process.binding() is not available', 0])
  })
})

describe.each(['raw', 'shared-buffer', 'stream'] as const)('%s in a cluster worker', name => {
  it('reads, writes, counts its connections and closes', async () => {
    const child = spawn(process.execPath, [CLUSTER_ECHO, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      exited.then(([code]) => Promise.reject(new Error(`it ended with ${code}: is dist/ built?`))),
    ])
    const { port, ...report } = JSON.parse(line)
    expect(report).toEqual({ strategy: name, version: process.version })

    const client = connect(port, '127.0.0.1')
    const exchange = async (text: string): Promise<string> => {
      client.write(text)
      return String(await once(client, 'data'))
    }
    expect(await exchange('one')).toBe('127.0.0.1 one')
    expect(await exchange('two')).toBe('127.0.0.1 two')
    const other = connect(port, '127.0.0.1')
    await once(other, 'connect')
    await eventually(async () => expect(await exchange('count')).toBe('2'))
    other.resetAndDestroy()
    await eventually(async () => expect(await exchange('count')).toBe('1'))
    client.write('stop')
    client.end()
    await once(client.resume(), 'close')
    expect(await exited).toEqual([0, null])
  })
})
