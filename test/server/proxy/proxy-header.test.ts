import { describe, expect, it } from 'vitest'
import { ProxyHeader } from '../../../src/server/proxy/proxy-header.ts'
import { PROXY_ERRORS, type ProxyErrorCode } from '../../../src/server/proxy/proxy-result.ts'

const MARGIN = 3
const SCRUB = 0xdb

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

/** Parses slices one after another, in a buffer that is overwritten after each run. */
function observe(slices: readonly Uint8Array[]): string {
  const header = new ProxyHeader()
  const buffer = new Uint8Array(Math.max(...slices.map(slice => slice.length)) + 2 * MARGIN)
  let before = -MARGIN
  for (const slice of slices) {
    buffer.fill(SCRUB)
    buffer.set(slice, MARGIN)
    const result = header.run(buffer, MARGIN, MARGIN + slice.length)
    buffer.fill(SCRUB)
    const at = before + header.at
    const { client } = header
    if (result === 'refused') return `${header.code} ${at}`
    if (result === 'complete')
      return `${client ? `${client.address} ${client.port}` : 'no client'} ${at}`
    before += slice.length
  }
  return `partial ${before + MARGIN}`
}

/** Parses the bytes whole, byte by byte, cut in two at each byte, and with other bytes behind. */
function observeAllWays(bytes: Uint8Array): string {
  const whole = observe([bytes])
  expect(observe(Array.from(bytes, byte => Uint8Array.of(byte)))).toBe(whole)
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(observe([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toBe(whole)
  if (!whole.startsWith('partial')) {
    const rest = bytesOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n\0\xff')
    expect(observe([Uint8Array.from([...bytes, ...rest])]), 'with bytes behind').toBe(whole)
  }
  return whole
}

/** The error codes seen in the cases. */
const refused = new Set<string>()

function expectAll(cases: readonly (readonly [wire: string, expected: string])[]): void {
  for (const [wire, expected] of cases) {
    expect(observeAllWays(bytesOf(wire)), JSON.stringify(wire)).toBe(expected)
    refused.add(expected.split(' ')[0]!)
  }
}

const LONGEST = `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`

describe('version 1', () => {
  it('yields the client', () => {
    expect(LONGEST.length).toBe(104)
    expectAll([
      ['PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n', '192.168.0.1 56324 47'],
      ['PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n', '0.0.0.0 0 44'],
      ['PROXY TCP6 2001:DB8:0:0:0:0:0:1 ::1 1 2\r\n', '2001:db8::1 1 41'],
      ['PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n', '192.0.2.1 1 50'],
      ['PROXY TCP6 :: 1:2:3:4:5:6:7:: 1 2\r\n', ':: 1 35'],
      [LONGEST, `${'ffff:'.repeat(7)}ffff 65535 104`],
      ['PROXY UNKNOWN\r\n', 'no client 15'],
      ['PROXY UNKNOWN \0 whatever 99999999\r\n', 'no client 35'],
      [`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, 'no client 107'],
    ])
  })

  it('is refused at the first wrong byte', () => {
    expectAll([
      ['GET / HTTP/1.1\r\n', 'proxy-header-missing 0'],
      ['PUT / HTTP/1.1\r\n', 'proxy-header-missing 1'],
      ['PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n', 'proxy-v1-family 6'],
      ['proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n', 'proxy-header-missing 0'],
      ['PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n', 'proxy-v1-family 9'],
      ['PROXY TCP44 1.2.3.4 1.2.3.4 1 2\r\n', 'proxy-v1-family 10'],
      ['PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n', 'proxy-v1-family 7'],
      ['PROXY UNKNOWNS\r\n', 'proxy-v1-family 13'],
      ['PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n', 'proxy-v1-address 19'],
      ['PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n', 'proxy-v1-address 16'],
      ['PROXY TCP4 1.02.3.4 1.2.3.4 1 2\r\n', 'proxy-v1-address 14'],
      ['PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n', 'proxy-v1-address 18'],
      ['PROXY TCP4 ::1 ::1 1 2\r\n', 'proxy-v1-address 11'],
      ['PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n', 'proxy-v1-address 18'],
      ['PROXY TCP6 ::1%lo ::1 1 2\r\n', 'proxy-v1-address 14'],
      ['PROXY TCP6 1::2::3 ::1 1 2\r\n', 'proxy-v1-address 16'],
      ['PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n', 'proxy-v1-address 27'],
      ['PROXY TCP6 12345:: ::1 1 2\r\n', 'proxy-v1-address 15'],
      ['PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n', 'proxy-v1-port 31'],
      ['PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n', 'proxy-v1-port 28'],
      ['PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n', 'proxy-v1-port 27'],
      ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n', 'proxy-v1-port 30'],
      ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n', 'proxy-v1-line-end 30'],
      ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n', 'proxy-v1-line-end 31'],
      ['PROXY UNKNOWN\n', 'proxy-v1-line-end 13'],
      ['PROXY UNKNOWN a\rb\r\n', 'proxy-v1-line-end 16'],
      [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'proxy-v1-too-long 107'],
      [`PROXY UNKNOWN ${'x'.repeat(92)}`, 'partial 106'],
    ])
  })
})

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'

/** A header of version 2. `block` is what follows its length. */
function binary(command: number, family: number, block: string, length = block.length): string {
  return SIGNATURE + String.fromCharCode(command, family, length >> 8, length & 255) + block
}

const tlv = (type: number, value: string): string =>
  String.fromCharCode(type, value.length >> 8, value.length & 255) + value

const INET = '\xc0\x00\x02\x07\xc0\x00\x02\x01\x12\x34\x00\x50'
const INET6 = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01${'\0'.repeat(15)}\x01\x12\x34\x00\x50`
/** From 127.0.0.1:40000 to 127.0.0.1:80, with a checksum that another program has computed. */
const WITH_CHECKSUM = binary(
  0x21,
  0x11,
  `\x7f\0\0\x01\x7f\0\0\x01\x9c\x40\0\x50${tlv(3, '\x53\xad\x77\x11')}`,
)

describe('version 2', () => {
  it('yields the client', () => {
    expectAll([
      [binary(0x21, 0x11, INET), '192.0.2.7 4660 28'],
      [binary(0x21, 0x21, INET6), '2001:db8::1 4660 52'],
      [binary(0x21, 0x31, '/x'.padEnd(216, '\0')), 'unix: 0 232'],
      [binary(0x21, 0x11, INET + tlv(0x20, '') + tlv(4, 'x'.repeat(300))), '192.0.2.7 4660 334'],
      [WITH_CHECKSUM, '127.0.0.1 40000 35'],
    ])
  })

  it('has no client if the header names none', () => {
    expectAll([
      [binary(0x20, 0x00, ''), 'no client 16'],
      [binary(0x20, 0xff, 'whatever'), 'no client 24'],
      [binary(0x20, 0x11, INET), 'no client 28'],
      [binary(0x21, 0x00, 'no list of values'), 'no client 33'],
      [binary(0x21, 0x12, INET), 'no client 28'],
      [binary(0x21, 0x10, ''), 'no client 16'],
    ])
  })

  it('is refused at the first wrong byte', () => {
    expectAll([
      ['\r\n\r\n\0\r\nQUIT\r', 'proxy-header-missing 11'],
      [binary(0x11, 0x11, INET), 'proxy-v2-command 12'],
      [binary(0x22, 0x11, INET), 'proxy-v2-command 12'],
      [binary(0x21, 0x41, INET), 'proxy-v2-family 13'],
      [binary(0x21, 0x13, INET), 'proxy-v2-family 13'],
      [binary(0x21, 0x11, INET.slice(1)), 'proxy-v2-too-short 15'],
      [binary(0x21, 0x21, INET), 'proxy-v2-too-short 15'],
      [binary(0x21, 0x31, INET6), 'proxy-v2-too-short 15'],
      [binary(0x21, 0x00, '', 4081), 'proxy-v2-too-long 15'],
      [binary(0x21, 0x11, `${INET}\x04\0`), 'proxy-v2-tlv 27'],
      [binary(0x21, 0x11, `${INET}\x04\0\x02x`), 'proxy-v2-tlv 30'],
      [binary(0x21, 0x11, `${INET}${tlv(4, 'x')}\0`), 'proxy-v2-tlv 31'],
      [binary(0x21, 0x11, INET + tlv(3, 'abc')), 'proxy-v2-tlv 30'],
      [binary(0x21, 0x11, INET + tlv(3, 'abcd')), 'proxy-v2-checksum 34'],
      [WITH_CHECKSUM.replace('\x53', '\x54'), 'proxy-v2-checksum 34'],
      [WITH_CHECKSUM.replace('\x9c', '\x9d'), 'proxy-v2-checksum 34'],
      [binary(0x21, 0x11, INET.slice(0, 5), 12), 'partial 21'],
    ])
    expect(observe([bytesOf(binary(0x21, 0x00, '\0'.repeat(4080)))])).toBe('no client 4096')
  })
})

describe('PROXY_ERRORS', () => {
  it('has a case above for each error of a header', () => {
    const fromTheHandshake: readonly ProxyErrorCode[] = ['proxy-header-late', 'proxy-header-cut']
    const codes = Object.keys(PROXY_ERRORS).filter(
      code => !fromTheHandshake.includes(code as ProxyErrorCode),
    )
    expect(codes.filter(code => !refused.has(code))).toEqual([])
  })
})
