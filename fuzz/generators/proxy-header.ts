import * as fc from 'fast-check'
import { anyBytes } from './any-bytes.ts'
import { crc32cOf } from './crc32c.ts'
import { bytesOf } from './latin1.ts'

const port = fc.oneof(fc.constantFrom('0', '65535', '80'), fc.nat({ max: 65_535 }).map(String))
/** Texts that are not valid ports, some with leading zeros. */
const badPort = fc.constantFrom('', '00', '080', '65536', '99999', '655350', '-1', '8o')
const badAddress = fc.constantFrom(
  '',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4.5',
  ':::',
  '1::2::3',
  '::1%lo',
  '12345::',
  'g::',
  ':1',
  '1:',
)

/** Lines of version 1; most have two addresses of the line's own family. */
const line = fc
  .tuple(fc.constantFrom('TCP4', 'TCP6', 'TCP4', 'TCP6', 'UDP4', 'TCP', ''), fc.nat({ max: 40 }))
  .chain(([family, defect]) => {
    const good = family === 'TCP6' ? ipv6Text : fc.ipV4()
    const address = defect === 0 ? fc.oneof(badAddress, ipv6Text, fc.ipV4()) : good
    const ports = defect === 1 ? badPort : port
    return fc
      .tuple(address, address, ports, ports)
      .map(parts => ['PROXY', family, ...parts].join(' '))
  })

const ipv6Text = fc.oneof(
  fc.ipV6(),
  fc.ipV4().map(text => `::ffff:${text}`),
  fc.constantFrom(
    '::',
    '::1',
    '1::',
    '2001:db8::1:0:0:1',
    '2001:DB8:0:0:1:0:0:1',
    '1:2:3:4:5:6:7::',
    '1:2:3:4:5:6:192.0.2.1',
  ),
)

const unknown = fc.oneof(
  fc.constantFrom('PROXY UNKNOWN', 'PROXY UNKNOWN ', 'PROXY UNKNOWNX', 'PROXY UNKNOWN a\rb'),
  fc.integer({ min: 80, max: 95 }).map(size => `PROXY UNKNOWN ${'x'.repeat(size)}`),
)

const version1 = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: line }, unknown),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant('\r\n') },
      fc.constantFrom('\n', '\r', '\r\r\n', ' \r\n'),
    ),
  )
  .map(([text, end]) => bytesOf(text + end))

const SIGNATURE = bytesOf('\r\n\r\n\0\r\nQUIT\n')
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 12, 2: 36, 3: 216 }

type Tlv = { readonly type: number; readonly value: Uint8Array }

const tlv: fc.Arbitrary<Tlv> = fc.record({
  type: fc.constantFrom(1, 2, 4, 5, 0x20, 0x30, 0xe0),
  value: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.nat({ max: 1400 }).map(size => new Uint8Array(size)),
  ),
})

const version2 = fc
  .record({
    command: fc.constantFrom(0x20, 0x21, 0x21, 0x21),
    family: fc.constantFrom(0x00, 0x11, 0x11, 0x21, 0x21, 0x31, 0x12, 0x22, 0x32, 0x10, 0x01),
    seed: fc.uint8Array({ minLength: 36, maxLength: 36 }),
    tlvs: fc.array(tlv, { maxLength: 4 }),
    /** The index of the checksum among the TLVs, if there is one; `defect` corrupts it. */
    checksumAt: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
    defect: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 255 })),
  })
  .map(({ command, family, seed, tlvs, checksumAt, defect }) => {
    const addresses = new Uint8Array(ADDRESS_BYTES[family >> 4] ?? 0)
    addresses.set(seed.subarray(0, addresses.length))
    const all =
      checksumAt === undefined
        ? tlvs
        : tlvs.toSpliced(checksumAt, 0, { type: 3, value: new Uint8Array(4) })
    const block = [
      ...addresses,
      ...all.flatMap(({ type, value }) => [type, value.length >> 8, value.length & 255, ...value]),
    ]
    const header = Uint8Array.from([
      ...SIGNATURE,
      command,
      family,
      block.length >> 8,
      block.length & 255,
      ...block,
    ])
    if (checksumAt === undefined) return header
    const before = all
      .slice(0, Math.min(checksumAt, tlvs.length))
      .reduce((sum, { value }) => sum + 3 + value.length, 0)
    const view = new DataView(header.buffer)
    view.setUint32(
      SIGNATURE.length + 4 + addresses.length + before + 3,
      (crc32cOf(header) ^ defect) >>> 0,
    )
    return header
  })

/** Inserts, removes or replaces one byte of a header. */
const mutated = (header: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(header, fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('put', 'insert', 'remove'))
    .map(([bytes, index, byte, how]) => {
      const list = [...bytes]
      list.splice(
        index % (bytes.length + 1),
        how === 'insert' ? 0 : 1,
        ...(how === 'remove' ? [] : [byte]),
      )
      return Uint8Array.from(list)
    })

/** Generates headers of the PROXY protocol, versions 1 and 2, valid and nearly valid. */
export function proxyHeader(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 3, arbitrary: version1 },
    { weight: 3, arbitrary: version2 },
    { weight: 2, arbitrary: mutated(version1) },
    { weight: 2, arbitrary: mutated(version2) },
    { weight: 1, arbitrary: anyBytes() },
  )
}
