import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Address } from '../../../src/server/config/address.ts'
import {
  closeListeners,
  handleListener,
  type Listener,
  openListener,
  takeListenerFor,
} from '../../../src/server/transport/listener.ts'
import { raw } from '../../../src/server/transport/raw.ts'
import { stream } from '../../../src/server/transport/stream.ts'
import type {
  AcceptedTransport,
  TransportHandler,
} from '../../../src/server/transport/transport.ts'
import { eventually } from '../eventually.ts'

const ADDRESS: Address = { host: '127.0.0.1', port: 0 }
const HANDLER: TransportHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} }

/** Opens a listener that records what it accepts, as 'TCP' or 'UNIX'. */
async function open(address: Address = ADDRESS) {
  const accepted: string[] = []
  const onConnection = (transport: AcceptedTransport, isUnix: boolean): TransportHandler => {
    accepted.push(isUnix ? 'UNIX' : 'TCP')
    transport.destroy()
    return HANDLER
  }
  const listener = await openListener(address, raw()!, { onConnection })
  onTestFinished(() => closeListeners([listener]))
  return { listener, accepted }
}

async function visit({ bound }: Listener): Promise<void> {
  const { port } = new URL(bound.url)
  const client = connect(Number(port), '127.0.0.1').on('error', () => {})
  client.resume()
  await once(client, 'close')
}

describe('openListener', () => {
  it('passes connections on from the moment it listens', async () => {
    const { listener, accepted } = await open()
    await visit(listener)
    expect(accepted).toEqual(['TCP'])
  })

  it('rejects with ListenError for an address in use', async () => {
    const { listener } = await open()
    const port = Number(new URL(listener.bound.url).port)
    await expect(open({ host: '127.0.0.1', port })).rejects.toMatchObject({ name: 'ListenError' })
  })
})

describe('handleListener', () => {
  it('sends connections to the new handler, and nowhere else, whatever the strategies', async () => {
    const { listener, accepted } = await open()
    const later: string[] = []
    for (const strategy of [raw()!, stream, raw()!]) {
      handleListener(listener, strategy, {
        onConnection: (transport, isUnix) => {
          later.push(`${strategy.name} ${isUnix} ${transport.constructor.name}`)
          transport.destroy()
          return HANDLER
        },
        onError: () => {},
      })
      await visit(listener)
    }
    await eventually(() =>
      expect(later).toEqual([
        'raw false RawTransport',
        'stream false SocketTransport',
        'raw false RawTransport',
      ]),
    )
    expect(accepted).toEqual([])
  })
})

describe('takeListenerFor', () => {
  it('removes and returns the listener of an address', async () => {
    const { listener } = await open()
    const listeners = [listener]
    expect(takeListenerFor(listeners, { host: '127.0.0.1', port: 1 })).toBeUndefined()
    expect(takeListenerFor(listeners, ADDRESS)).toBe(listener)
    expect(listeners).toEqual([])
  })
})
