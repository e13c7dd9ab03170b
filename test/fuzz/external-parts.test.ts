import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { interpretRange } from '../../fuzz/external/byte-range.ts'
import { readFinalResponses } from '../../fuzz/external/final-responses.ts'
import { isLoopback } from '../../fuzz/external/loopback.ts'
import { parseRequests } from '../../fuzz/external/parsed-requests.ts'
import { PROBES } from '../../fuzz/external/probes/index.ts'
import { reproduction } from '../../fuzz/external/reproduction.ts'
import { latin1 } from '../../fuzz/external/request-text.ts'
import { shrink } from '../../fuzz/external/shrink.ts'
import type { Resource, Site } from '../../fuzz/external/target-site.ts'

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.0.9', '::1', 'localhost', 'LOCALHOST'])('accepts %s', host => {
    expect(isLoopback(host)).toBe(true)
  })
  it.each(['128.0.0.1', '0.0.0.0', '::', '::2', 'localhost.example', '127.0.0.1.example', ''])(
    'refuses %s',
    host => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('interpretRange', () => {
  it.each([
    ['bytes=0-0', [[0, 0]]],
    ['bytes=-500', [[500, 999]]],
    ['bytes=-2000', [[0, 999]]],
    ['bytes=500-', [[500, 999]]],
    ['bytes=0-18446744073709551615', [[0, 999]]],
    [
      'BYTES=0-1, ,5-6,',
      [
        [0, 1],
        [5, 6],
      ],
    ],
    ['bytes=0-1,2000-', [[0, 1]]],
    ['bytes=2000-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=500-400', 'invalid'],
    ['bytes=', 'invalid'],
    ['bytes=-', 'invalid'],
    ['bytes=0x1-2', 'invalid'],
    ['bytes', 'invalid'],
    ['bytes=0 -1', 'doubtful'],
    ['units=0-1', 'another unit'],
  ])('%s of 1000', (range, expected) => {
    const interpretation = interpretRange(range, 1000)
    expect(
      interpretation.kind === 'ranges'
        ? interpretation.ranges.map(({ first, last }) => [first, last])
        : interpretation.kind,
    ).toEqual(expected)
  })
})

describe('reproduction', () => {
  it('is a shell command that prints the bytes', () => {
    const bytes = Buffer.concat([
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      latin1(`%s\\n'"$x"\`\r\n${'a/'.repeat(300)}%`),
    ])
    const line = reproduction({ bytes, cuts: [200] }, { host: '127.0.0.1', port: 80 })
    expect(line).toMatch(/^\{ printf .*; sleep 0\.1; printf .*; \} \| nc 127\.0\.0\.1 80$/)
    expect(line.length).toBeLessThan(1000)
    const printed = execFileSync('sh', [
      '-c',
      line.replace(/ \| nc .*$/, '').replace('sleep 0.1', 'true'),
    ])
    expect(printed.equals(bytes)).toBe(true)
  })
})

describe('shrink', () => {
  it('removes all bytes that are not needed, and the cuts', async () => {
    const attempt = {
      bytes: latin1('GET /aaXbb HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nmore\r\n'),
      cuts: [3, 9],
    }
    const has = async ({ bytes }: { bytes: Buffer }): Promise<boolean> =>
      /GET \/\w*X.*Host/s.test(`${bytes}`)
    const small = await shrink(attempt, has, () => false)
    expect(`${small.bytes}`).toBe('GET /X\r\nHost: a\r\n')
    expect(small.cuts).toBeUndefined()
  })

  it('keeps a cut that is needed, at the same byte', async () => {
    const attempt = { bytes: latin1('abcdef'), cuts: [1, 4, 5] }
    const isCutAfterD = async ({ bytes, cuts = [] }: { bytes: Buffer; cuts?: readonly number[] }) =>
      cuts.some(cut => bytes[cut - 1] === 0x64)
    const small = await shrink(attempt, isCutAfterD, () => false)
    expect({ text: `${small.bytes}`, cuts: small.cuts }).toEqual({ text: 'd', cuts: [1] })
  })
})

const resource = (path: string, status: number, size: number): Resource => {
  const head = `HTTP/1.1 ${status} Status\r\nETag: "e"\r\n\r\n`
  const received = Buffer.concat([latin1(head), Buffer.alloc(size, path)])
  return { path, response: readFinalResponses(received, ['GET'], true).responses[0]! }
}
const resources = [
  resource('/a', 200, 1000),
  resource('/', 200, 100),
  resource('/b', 200, 20),
  resource('/no', 404, 0),
]
const site: Site = {
  host: 'a:80',
  resources,
  distinct: resources,
  slowestMs: 1,
  file: resources[0],
}

describe('the tables of the probes', () => {
  it.each(PROBES.map(probe => [probe.name, probe] as const))(
    '%s: an attempt without a malformation is well-formed',
    (_, { table }) => {
      for (const { bytes, malformation, halfCloses, label } of table?.(site) ?? []) {
        if (malformation !== undefined || halfCloses || label === undefined) continue
        expect([label, parseRequests(bytes).refusal, parseRequests(bytes).isTruncated]).toEqual([
          label,
          undefined,
          false,
        ])
      }
    },
  )

  it('have each malformation once', () => {
    const names = PROBES.flatMap(({ table }) => table?.(site) ?? []).flatMap(
      ({ malformation }) => malformation?.name ?? [],
    )
    expect(names.length).toBeGreaterThan(100)
    expect(new Set(names).size).toBe(names.length)
  })
})
