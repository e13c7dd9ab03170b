import { describe, expect, it } from 'vitest'
import { Admission } from '../../../src/server/admission.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { Connection } from '../../../src/server/connection/connection.ts'
import { DescriptorCount } from '../../../src/server/files/file-system.ts'
import { ProxyHandshake } from '../../../src/server/proxy/proxy-handshake.ts'
import { ProxyRefusals } from '../../../src/server/proxy/proxy-refusals.ts'
import { FakeServer, get, respondAtOnce } from '../fake-server.ts'
import { FakeTransport } from '../fake-transport.ts'

const HEADER = 'PROXY TCP4 198.51.100.9 192.0.2.1 4000 80\r\n'

/** A connection from a balancer, on a server. */
function proxied(options: ConfigOptions = {}) {
  const remotes: string[] = []
  const server = new FakeServer(exchange => {
    remotes.push(exchange.remoteAddress)
    respondAtOnce(exchange)
  }, options)
  const refusals: string[] = []
  const transport = new FakeTransport()
  const handshake = new ProxyHandshake(
    transport,
    server.context,
    next => new Connection(next, server.context),
    { add: (code: string, address: string) => refusals.push(`${code} ${address}`) } as never,
  )
  transport.listen(handshake)
  const advance = (ms: number): void => {
    server.advance(ms)
    transport.pump()
  }
  return { server, transport, refusals, handshake, advance, remotes }
}

describe('ProxyHandshake', () => {
  it('gives the connection the address of the client, before its first request', () => {
    const { server, transport, refusals, remotes } = proxied()
    transport.send(HEADER, get('/a'))
    expect(server.targets).toEqual(['/a'])
    expect(remotes).toEqual(['198.51.100.9'])
    expect(server.logEntries.map(({ remoteAddress, status }) => [remoteAddress, status])).toEqual([
      ['198.51.100.9', 200],
    ])
    expect(server.context.admission.connections.size).toBe(1)
    expect(refusals).toEqual([])
  })

  it.each([0, 1, 20, HEADER.length - 1, HEADER.length, HEADER.length + 1, HEADER.length + 20])(
    'reads header and requests that are cut after %d bytes',
    cut => {
      const { server, transport } = proxied()
      const all = HEADER + get('/a') + get('/b')
      transport.send(all.slice(0, cut), all.slice(cut))
      expect(server.targets).toEqual(['/a', '/b'])
    },
  )

  it('reads them byte by byte', () => {
    const { server, transport, remotes } = proxied()
    transport.send(...(HEADER + get('/a')))
    expect(server.targets).toEqual(['/a'])
    expect(remotes).toEqual(['198.51.100.9'])
  })

  it('keeps the address of the connection for PROXY UNKNOWN', () => {
    const { transport, remotes } = proxied()
    transport.send(`PROXY UNKNOWN\r\n${get('/a')}`)
    expect(remotes).toEqual(['192.0.2.7'])
  })

  it('closes a connection without a header, without a response, and logs it', () => {
    const { server, transport, refusals } = proxied()
    transport.send(get('/a'))
    expect(transport.destroyed).toBe(true)
    expect(transport.text).toBe('')
    expect(refusals).toEqual(['proxy-header-missing 192.0.2.7'])
    expect(server.context.admission.connections.size).toBe(0)
    expect(server.exchanges).toEqual([])
  })

  it('closes a connection whose header is late, and none earlier', () => {
    const { transport, refusals, advance, server } = proxied({ headTimeoutMs: 5000 })
    transport.send(HEADER.slice(0, 20))
    advance(4900)
    expect(transport.destroyed).toBe(false)
    advance(300)
    expect(transport.destroyed).toBe(true)
    expect(refusals).toEqual(['proxy-header-late 192.0.2.7'])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('has no deadline after the header', () => {
    const { server, transport, handshake, advance } = proxied({ headTimeoutMs: 1000 })
    transport.send(HEADER)
    expect(handshake.slot).toBe(-1)
    advance(5000)
    expect(transport.destroyed).toBe(false)
    transport.send(get('/late'))
    expect(server.targets).toEqual(['/late'])
  })

  it('refuses a header that FIN or a lost connection cuts', () => {
    for (const end of ['finish', 'vanish'] as const) {
      const { transport, refusals, server } = proxied()
      transport.send('PROXY TC')
      transport[end]()
      expect(refusals).toEqual(['proxy-header-cut 192.0.2.7'])
      expect(server.context.admission.connections.size).toBe(0)
    }
  })

  it('counts each connection that it closes once, by its reason', () => {
    const ends = (act: (parts: ReturnType<typeof proxied>) => void): string[] => {
      const parts = proxied()
      act(parts)
      parts.advance(60_000)
      expect(parts.server.context.admission.connections.size).toBe(0)
      return parts.server.closeReasons
    }
    expect(ends(({ transport }) => transport.send(get('/a')))).toEqual(['proxy-refused'])
    expect(ends(({ transport }) => transport.send('PROXY'))).toEqual(['proxy-refused'])
    expect(ends(({ transport }) => transport.finish())).toEqual(['client-closed'])
    expect(ends(({ transport }) => transport.vanish())).toEqual(['reset'])
    expect(ends(({ handshake }) => handshake.abort('cut-off'))).toEqual(['cut-off'])
    expect(ends(({ transport }) => transport.send(HEADER + get('/', 'Connection: close')))).toEqual(
      ['client-closed'],
    )
  })

  it('counts the client by its own address, and sends no response to a dropped connection', () => {
    const { server, transport } = proxied({ connectionsPerAddressMax: 1 })
    transport.send(HEADER + get('/a'))
    const second = new FakeTransport()
    const { config } = server.context
    const admission = new Admission(config, new DescriptorCount(Number.POSITIVE_INFINITY), 0)
    admission.acquireAddress('198.51.100.9')
    const context = { ...server.context, admission }
    const connect = (): Connection => {
      const connection = new Connection(second, context)
      if (!connection.isAdmitted) connection.rejectOverLimit('connections-per-address-max')
      return connection
    }
    second.listen(new ProxyHandshake(second, context, connect, { add() {} } as never))
    second.send(HEADER + get('/b'))
    expect([server.targets, second.acts, server.closeReasons]).toEqual([
      ['/a'],
      ['destroy'],
      ['dropped'],
    ])
  })

  it('logs nothing for a connection without a byte', () => {
    for (const end of ['finish', 'vanish'] as const) {
      const { transport, refusals, server } = proxied()
      transport[end]()
      expect(refusals).toEqual([])
      expect(server.context.admission.connections.size).toBe(0)
    }
  })
})

describe('ProxyRefusals', () => {
  it('logs one line per second, with the number of all refusals', () => {
    const { server } = proxied()
    const lines: unknown[] = []
    const warn = ((fields: unknown) => void lines.push(fields)) as never
    const refusals = new ProxyRefusals(server.clock, { warn } as never)
    for (let i = 0; i < 3; i++) refusals.add('proxy-v1-port', '10.0.0.1')
    server.clock.advance(1000)
    refusals.add('proxy-v2-tlv', '10.0.0.2')
    expect(lines).toEqual([
      { code: 'proxy-v1-port', remoteAddress: '10.0.0.1', connections: 1 },
      { code: 'proxy-v2-tlv', remoteAddress: '10.0.0.2', connections: 3 },
    ])
  })
})

describe('trusted proxies', () => {
  const XFF = 'X-Forwarded-For: 203.0.113.5, 198.51.100.9'
  const ask = (line: string, options: ConfigOptions): string => {
    const { server, remotes } = proxied(options)
    server.connect().send(get('/', line))
    expect(server.logEntries.map(({ remoteAddress }) => remoteAddress)).toEqual(remotes)
    return remotes[0]!
  }

  it('supply the address of the client; other addresses are ignored', () => {
    expect(ask(XFF, {})).toBe('192.0.2.7')
    expect(ask(XFF, { trustedProxies: ['192.0.2.8'] })).toBe('192.0.2.7')
    expect(ask(XFF, { trustedProxies: ['192.0.2.0/24'] })).toBe('198.51.100.9')
    expect(ask(XFF, { trustedProxies: ['192.0.2.0/24', '198.51.100.9'] })).toBe('203.0.113.5')
  })

  it('supply it in the configured field only', () => {
    const options = { trustedProxies: ['192.0.2.0/24'], forwardedField: 'forwarded' } as const
    expect(ask(XFF, options)).toBe('192.0.2.7')
    expect(ask('Forwarded: for="[2001:db8::1]:80"', options)).toBe('2001:db8::1')
    expect(
      ask('Forwarded: for="[2001:db8::1]:80"', { ...options, forwardedField: 'x-forwarded-for' }),
    ).toBe('192.0.2.7')
  })

  it('may stand behind a balancer that sends PROXY headers', () => {
    const { transport, remotes } = proxied({ trustedProxies: ['198.51.100.9'] })
    transport.send(HEADER, get('/', 'X-Forwarded-For: 203.0.113.5'))
    expect(remotes).toEqual(['203.0.113.5'])
  })
})
