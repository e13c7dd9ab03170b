import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { chooseReadStrategy } from '../../../src/server/transport/choose-read-strategy.ts'
import type { ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import { stream } from '../../../src/server/transport/stream.ts'
import { eventually } from '../eventually.ts'

const CLUSTER_ECHO = fileURLToPath(new URL('cluster-echo.mjs', import.meta.url))
const SHARED_BUFFER = '../../../src/server/transport/shared-buffer.ts'

/** Returns the kinds of the sockets and servers that this process has open. */
const openSockets = (): string[] =>
  process.getActiveResourcesInfo().filter(name => /^(TCP|Pipe)\w*Wrap$/.test(name))

describe('chooseReadStrategy', () => {
  it('returns shared-buffer on a Node where it works, such as this one', async () => {
    const { strategy, reason } = await chooseReadStrategy('shared-buffer')
    expect([strategy.name, reason]).toEqual(['shared-buffer', undefined])
  })

  it('returns stream without a probe', async () => {
    expect(await chooseReadStrategy('stream')).toEqual({ strategy: stream })
  })

  it('leaves no socket open', async () => {
    const before = openSockets()
    await chooseReadStrategy('shared-buffer')
    await eventually(() => expect(openSockets()).toEqual(before))
  })
})

describe('chooseReadStrategy if shared-buffer does not work', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.doUnmock(SHARED_BUFFER)
    vi.resetModules()
  })

  /** Returns the strategy that is chosen if shared-buffer attaches to sockets in this way. */
  async function chooseWith(attach: ReadStrategy['attach']) {
    vi.resetModules()
    // A shorter timeout of the probe, so that the tests are fast.
    const timeout = AbortSignal.timeout
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => timeout(ms / 10))
    vi.doMock(SHARED_BUFFER, () => ({ sharedBuffer: () => ({ name: 'shared-buffer', attach }) }))
    const { chooseReadStrategy } = await import(
      '../../../src/server/transport/choose-read-strategy.ts'
    )
    const { strategy, reason } = await chooseReadStrategy('shared-buffer')
    return { name: strategy.name, reason }
  }

  it.each<[string, ReadStrategy['attach']]>([
    [
      'reads other bytes than the client sent',
      (accepted, connect) =>
        stream.attach(accepted, transport => {
          const handler = connect(transport)
          return { ...handler, onData: () => handler.onData(Buffer.from('other'), 0, 5) }
        }),
    ],
    ['reads nothing and reports no FIN', () => {}],
    [
      'reports the FIN, but no bytes',
      (accepted, connect) =>
        stream.attach(accepted, transport => ({
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
        stream.attach(accepted, connect)
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
    const chosen = await chooseWith(attach)
    expect(chosen).toEqual({ name: 'stream', reason: expect.stringMatching(/./) })
    await eventually(() => expect(openSockets().length).toBeLessThanOrEqual(before))
  })
})

describe.each(['shared-buffer', 'stream'] as const)('%s in a cluster worker', name => {
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
