import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { raw } from '../../../src/server/transport/raw.ts'
import { ACCEPT_OPTIONS } from '../../../src/server/transport/read-strategy.ts'
import { eventually } from '../eventually.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { describeReadStrategy, listen, Recorder } from './behaviour.ts'

/** More than the kernel accepts at once. */
const LARGE = 16 * 1024 * 1024

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

describeReadStrategy('raw', () => raw()!)

/** Starts a server whose accepted handles a test may change before the strategy gets them. */
async function listenWith(change: (handle: Record<string, unknown>) => void) {
  const server = createServer(ACCEPT_OPTIONS)
  const recorders: Recorder[] = []
  raw()!.accept(server, transport => {
    const recorder = new Recorder(transport)
    recorders.push(recorder)
    return recorder
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { _handle } = server as unknown as {
    _handle: { onconnection(status: number, handle: Record<string, unknown>): void }
  }
  const { onconnection } = _handle
  _handle.onconnection = function (status, handle) {
    change(handle)
    onconnection.call(this, status, handle)
  }
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  onTestFinished(() => {
    client.destroy()
    for (const { transport } of recorders) transport.destroy()
    server.close()
  })
  await eventually(() => expect(recorders).toHaveLength(1))
  return { server, client, recorder: recorders[0]! }
}

const countOf = (server: Server): number =>
  (server as unknown as { _connections: number })._connections

describe('raw', () => {
  it('has the name raw', () => {
    expect(raw()!.name).toBe('raw')
  })

  it('makes no net.Socket', async () => {
    const { server, open } = await listen(raw()!)
    const sockets: Socket[] = []
    server.on('connection', socket => sockets.push(socket))
    await open()
    expect(sockets).toEqual([])
  })

  it('reads all connections into one buffer of 64 KiB', async () => {
    const { open } = await listen(raw()!)
    const [first, second] = [await open(), await open()]
    for (const { client } of [first, second]) client.end(new Uint8Array(1024 * 1024))
    for (const { recorder } of [first, second]) {
      recorder.keepsText = false
      await eventually(() => expect(recorder.bytes).toBe(1024 * 1024))
    }
    const buffers = new Set([...first.recorder.buffers, ...second.recorder.buffers])
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([64 * 1024])
  })

  it('reports a reset of the client while writes are queued: all are done, then close', async () => {
    const { open } = await listen(raw()!)
    const { client, recorder } = await open()
    const done: string[] = []
    client.pause()
    recorder.transport.write(new Uint8Array(LARGE), () => done.push('first'))
    recorder.transport.write(new Uint8Array(10), () => done.push('second'))
    recorder.onClose = () => done.push('close')
    client.resetAndDestroy()
    await eventually(() => expect(done).toEqual(['first', 'second', 'close']))
    expect(recorder.events).toEqual([])
    expect(recorder.transport.queuedBytes).toBe(0)
  })

  it('reports a FIN that arrives while paused after resume(), behind all bytes', async () => {
    const { open } = await listen(raw()!)
    const { client, recorder } = await open()
    recorder.transport.pause()
    client.end('bytes')
    await sleep(30)
    expect([recorder.text, recorder.events]).toEqual(['', []])
    recorder.transport.resume()
    await eventually(() => expect([recorder.text, recorder.events]).toEqual(['bytes', ['end']]))
    recorder.transport.pause()
    recorder.transport.resume()
    recorder.transport.end()
    await eventually(() => expect(recorder.events).toEqual(['end', 'drain', 'close']))
  })

  it('ignores everything after close, and calls back for writes', async () => {
    const { open } = await listen(raw()!)
    const { recorder } = await open()
    const { transport } = recorder
    transport.destroy()
    await eventually(() => expect(recorder.events).toEqual(['close']))
    let done = 0
    transport.write(Buffer.from('late'), () => done++)
    transport.cork()
    transport.write(Buffer.from('late'), () => done++)
    transport.uncork()
    transport.pause()
    transport.resume()
    transport.end()
    transport.reset()
    transport.destroy()
    await sleep(20)
    expect([recorder.events, done, transport.queuedBytes, transport.flushedBytes]).toEqual([
      ['close'],
      2,
      0,
      0,
    ])
  })

  it('calls back for writes that are corked when the connection is lost', async () => {
    const { open } = await listen(raw()!)
    const { recorder } = await open()
    const done: number[] = []
    recorder.transport.cork()
    for (let n = 0; n < 3; n++) recorder.transport.write(Buffer.from('x'), () => done.push(n))
    expect(recorder.transport.queuedBytes).toBe(3)
    recorder.transport.destroy()
    expect([done, recorder.transport.queuedBytes]).toEqual([[0, 1, 2], 0])
  })

  it('sends corked bytes before FIN', async () => {
    const { open } = await listen(raw()!)
    const { client, recorder } = await open()
    recorder.transport.cork()
    recorder.transport.write(Buffer.from('one, '))
    recorder.transport.write(Buffer.from('two'))
    recorder.transport.end()
    let text = ''
    client.on('data', data => {
      text += data
    })
    await once(client, 'end')
    expect(text).toBe('one, two')
  })

  it('gives a connection without an address to its handler if the client has vanished', async () => {
    const { server, recorder } = await listenWith(handle => {
      // What the kernel says of a client that has reset the connection.
      handle.getpeername = () => -107
    })
    expect(recorder.transport.remoteAddress).toBe('')
    recorder.transport.destroy()
    await eventually(() => expect(recorder.events).toEqual(['close']))
    expect(countOf(server)).toBe(0)
  })

  it.each(['writeBuffer', 'writev', 'shutdown', 'readStart'])(
    'closes the connection if %s fails',
    async method => {
      const { server, recorder } = await listenWith(handle => {
        handle[method] = () => -32
      })
      const { transport } = recorder
      let done = 0
      transport.cork()
      for (let n = 0; n < (method === 'writev' ? 2 : 1); n++)
        transport.write(Buffer.from('x'), () => done++)
      transport.uncork()
      transport.end()
      await eventually(() => expect(recorder.events).toEqual(['close']))
      expect([done, countOf(server)]).toEqual([method === 'writev' ? 2 : 1, 0])
    },
  )

  it('resets a connection whose FIN is under way by closing it', async () => {
    const { open } = await listen(raw()!)
    const { client, recorder } = await open()
    client.pause()
    recorder.transport.write(new Uint8Array(LARGE))
    recorder.transport.end()
    recorder.transport.reset()
    await eventually(() => expect(recorder.events).toEqual(['close']))
  })

  it('drops connections over maxConnections, as net.Server does', async () => {
    const { server, open } = await listen(raw()!)
    server.maxConnections = 1
    await open()
    const dropped = once(server, 'drop')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    client.on('error', () => {})
    await dropped
    await once(client.resume(), 'close')
    expect(countOf(server)).toBe(1)
  })

  it('reads a socket that the server gets in another way', async () => {
    const { server, recorders } = await listen(raw()!)
    const other = createServer(ACCEPT_OPTIONS, socket => server.emit('connection', socket))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const client = connect((other.address() as AddressInfo).port, '127.0.0.1')
    onTestFinished(() => void client.destroy())
    client.write('by socket')
    await eventually(() => expect(recorders[0]?.text).toBe('by socket'))
    expect(recorders[0]!.transport.constructor.name).toBe('SocketTransport')
  })

  it('accepts many connections at once, and closes them with the server', async () => {
    const { server, open, recorders } = await listen(raw()!)
    const opened = await Promise.all(Array.from({ length: 300 }, open))
    await eventually(() => expect(countOf(server)).toBe(300))
    for (const { client } of opened) client.write('x')
    await eventually(() => expect(recorders.map(({ text }) => text)).toEqual(Array(300).fill('x')))
    const closed = once(server, 'close')
    server.close()
    for (const { transport } of recorders) transport.destroy()
    expect(await closed).toEqual([])
    expect(recorders.map(({ events }) => events)).toEqual(Array(300).fill(['close']))
  })

  it('serves a connection that was accepted when the server closes', async () => {
    const { server, open } = await listen(raw()!)
    const { client, recorder } = await open()
    client.write('before')
    server.close()
    await eventually(() => expect(recorder.text).toBe('before'))
    recorder.transport.end()
    client.end()
    await once(server, 'close')
  })

  it('runs on a UNIX socket, whose clients have no address', async () => {
    const path = join(temporaryFolder(), 'x.sock')
    const server = createServer(ACCEPT_OPTIONS)
    const recorders: Recorder[] = []
    raw()!.accept(server, transport => {
      recorders.push(new Recorder(transport))
      return recorders[0]!
    })
    server.listen(path)
    await once(server, 'listening')
    const client = connect(path)
    onTestFinished(() => {
      client.destroy()
      server.close()
    })
    client.end('by path')
    await eventually(() => expect(recorders[0]?.events).toEqual(['end']))
    const [recorder] = recorders
    expect([recorder!.text, recorder!.transport.remoteAddress]).toEqual(['by path', ''])
    recorder!.transport.end()
    await eventually(() => expect(recorder!.events).toEqual(['end', 'drain', 'close']))
    expect(countOf(server)).toBe(0)
  })

  it('leaves connections to what accepts next, also if it stops before the server listens', async () => {
    const server = createServer(ACCEPT_OPTIONS)
    const accepted: string[] = []
    const record = (name: string) => (transport: Recorder['transport']) => {
      accepted.push(name)
      return new Recorder(transport)
    }
    raw()!.accept(server, record('first'))()
    raw()!.accept(server, record('second'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    onTestFinished(() => {
      client.destroy()
      server.close()
    })
    await eventually(() => expect(accepted).toEqual(['second']))
  })
})

describe('errors and queues of the event loop, with raw', () => {
  /** Runs a program with the built strategy, and returns what it prints. */
  const run = (handlers: string, flags: readonly string[] = []): string => {
    const dist = new URL('../../../dist/server/transport/', import.meta.url)
    const program = `
      import { connect, createServer } from 'node:net'
      import { AsyncLocalStorage } from 'node:async_hooks'
      import { raw } from '${dist}raw.js'
      import { ACCEPT_OPTIONS } from '${dist}read-strategy.js'
      const print = text => process.stdout.write(text + ' ')
      const server = createServer(ACCEPT_OPTIONS)
      const nothing = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} }
      const stop = () => { server.close(); client.destroy() }
      let client
      raw().accept(server, transport => ({ ...nothing, ...(${handlers})(transport) }))
      server.listen(0, '127.0.0.1', () => {
        client = connect(server.address().port, '127.0.0.1')
        client.write('x')
      })`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...flags, '--input-type=module', '--eval', program],
      { encoding: 'utf8', timeout: 10_000 },
    )
    return stdout.trim() + stderr
  }

  it('reports an error that a handler throws as an uncaught exception, and reads on', () => {
    expect(
      run(`transport => {
        process.once('uncaughtException', error => {
          print(error.message)
          client.write('y')
        })
        let reads = 0
        return {
          onData() {
            if (++reads === 1) throw new Error('thrown')
            print('again')
            transport.destroy()
          },
          onClose() { print('closed'); stop() },
        }
      }`),
    ).toBe('thrown again closed')
  })

  it('runs nextTick() and microtasks after each callback', () => {
    expect(
      run(`transport => {
        process.nextTick(() => print('tick of accept'))
        return {
          onData() {
            print('data')
            queueMicrotask(() => print('microtask'))
            process.nextTick(() => print('tick'))
            setImmediate(() => { print('immediate'); transport.destroy() })
          },
          onClose() { queueMicrotask(() => { print('end'); stop() }) },
        }
      }`),
    ).toBe('tick of accept data tick microtask immediate end')
  })

  it('keeps the asynchronous context of a handler within its callback', () => {
    expect(
      run(`transport => {
        const storage = new AsyncLocalStorage()
        return {
          onData() {
            storage.run('inner', () => setImmediate(() => {
              print(storage.getStore())
              transport.destroy()
            }))
            print(String(storage.getStore()))
          },
          onClose() { print(String(storage.getStore())); stop() },
        }
      }`),
    ).toBe('undefined inner undefined')
  })
})
