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

/** Sockets and servers that this process has open. */
const openSockets = (): string[] =>
  process.getActiveResourcesInfo().filter(name => /^(TCP|Pipe)\w*Wrap$/.test(name))

describe('chooseReadStrategy', () => {
  it('gives shared-buffer where it works, as it does here', async () => {
    const { strategy, reason } = await chooseReadStrategy('shared-buffer')
    expect([strategy.name, reason]).toEqual(['shared-buffer', undefined])
  })

  it('gives stream as it is', async () => {
    expect(await chooseReadStrategy('stream')).toEqual({ strategy: stream })
  })

  it('leaves no socket open', async () => {
    const before = openSockets()
    await chooseReadStrategy('shared-buffer')
    await eventually(() => expect(openSockets()).toEqual(before))
  })
})

describe('chooseReadStrategy, where shared-buffer does not work', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.doUnmock(SHARED_BUFFER)
    vi.resetModules()
  })

  /** What is chosen when shared-buffer adopts sockets like this. */
  async function chosenWith(adopt: ReadStrategy['attach']) {
    vi.resetModules()
    // The probe gives up soon, so that the tests need not wait.
    const timeout = AbortSignal.timeout
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => timeout(ms / 10))
    vi.doMock(SHARED_BUFFER, () => ({ sharedBuffer: () => ({ name: 'shared-buffer', adopt }) }))
    const { chooseReadStrategy } = await import(
      '../../../src/server/transport/choose-read-strategy.ts'
    )
    const { strategy, reason } = await chooseReadStrategy('shared-buffer')
    return { name: strategy.name, reason }
  }

  it.each<[string, ReadStrategy['attach']]>([
    [
      'reads something else than was sent',
      (accepted, connect) =>
        stream.attach(accepted, transport => {
          const listener = connect(transport)
          return { ...listener, onData: () => listener.onData(Buffer.from('other'), 0, 5) }
        }),
    ],
    ['reads nothing, and does not hear the end', () => {}],
    [
      'hears the end, but is told of no bytes',
      (accepted, connect) =>
        stream.attach(accepted, transport => ({
          ...connect(transport),
          onData() {},
          onEnd: () => transport.end(),
        })),
    ],
    ['loses the connection', accepted => accepted.destroy()],
    [
      'takes the socket out of the server’s count',
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
  ])('falls back to stream, and tells why: it %s', { timeout: 3000 }, async (_, adopt) => {
    const before = openSockets().length
    const chosen = await chosenWith(adopt)
    expect(chosen).toEqual({ name: 'stream', reason: expect.stringMatching(/./) })
    await eventually(() => expect(openSockets().length).toBeLessThanOrEqual(before))
  })
})

describe.each(['shared-buffer', 'stream'] as const)('%s in a cluster worker', name => {
  it('reads, answers, counts and closes', async () => {
    const child = spawn(process.execPath, [CLUSTER_ECHO, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      exited.then(([code]) => Promise.reject(new Error(`it ended with ${code}: is dist/ built?`))),
    ])
    const { port, ...told } = JSON.parse(line)
    expect(told).toEqual({ strategy: name, version: process.version })

    const client = connect(port, '127.0.0.1')
    const ask = async (text: string): Promise<string> => {
      client.write(text)
      return String(await once(client, 'data'))
    }
    expect(await ask('one')).toBe('127.0.0.1 one')
    expect(await ask('two')).toBe('127.0.0.1 two')
    const other = connect(port, '127.0.0.1')
    await once(other, 'connect')
    await eventually(async () => expect(await ask('count')).toBe('2'))
    other.resetAndDestroy()
    await eventually(async () => expect(await ask('count')).toBe('1'))
    client.write('stop')
    client.end()
    await once(client.resume(), 'close')
    expect(await exited).toEqual([0, null])
  })
})
