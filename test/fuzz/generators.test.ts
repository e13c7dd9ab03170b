import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slicesOf } from '../../fuzz/generators/chunking.ts'
import { forwarded } from '../../fuzz/generators/forwarded.ts'
import { GROWABLE_LIMITS, growToLimit } from '../../fuzz/generators/grow-to-limit.ts'
import { textOf } from '../../fuzz/generators/latin1.ts'
import { proxyHeader } from '../../fuzz/generators/proxy-header.ts'
import {
  acceptEncoding,
  anyBytes,
  chunking,
  entityTag,
  entityTagList,
  httpDate,
  httpRequest,
  nearValidRequest,
  pipelined,
  printRequest,
  type RequestModel,
  rangeField,
  targetPath,
} from '../../fuzz/index.ts'
import { observeParser } from '../../fuzz/observe-parser.ts'
import { DEFAULT_LIMITS, PARSE_ERROR_CODES } from '../../src/parser/index.ts'
import { clientAddress } from '../../src/server/proxy/forwarded.ts'
import { ProxyHeader } from '../../src/server/proxy/proxy-header.ts'
import { PROXY_ERRORS } from '../../src/server/proxy/proxy-result.ts'

const SEED = 3

function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns = 2000): T[] {
  return fc.sample(arbitrary, { seed: SEED, numRuns })
}

/** Returns the value to which fast-check shrinks a counterexample. */
function smallest<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): T {
  const { counterexample } = fc.check(fc.property(arbitrary, holds), {
    seed: SEED,
    numRuns: 10_000,
  })
  return counterexample![0]
}

const codeOf = (wire: Uint8Array): string => observeParser([wire]).failure?.code ?? 'accepted'

describe('httpRequest', () => {
  const requests = sample(httpRequest())

  it('generates all target forms, versions and kinds of content', () => {
    expect(new Set(requests.map(({ form }) => form)).size).toBe(4)
    expect(new Set(requests.map(({ minorVersion }) => minorVersion)).size).toBe(10)
    expect(new Set(requests.map(({ content }) => content.kind)).size).toBe(3)
  })

  it('reaches the limits and does not exceed them', () => {
    const linesOf = (wire: Uint8Array) => textOf(wire).split('\r\n')
    const wires = requests.map(printRequest)
    expect(new Set(wires.map(codeOf))).toEqual(new Set(['accepted']))
    expect(Math.max(...requests.map(({ fields }) => fields.length))).toBe(
      DEFAULT_LIMITS.fieldCountMax,
    )
    expect(Math.max(...wires.flatMap(linesOf).map(({ length }) => length))).toBe(
      DEFAULT_LIMITS.fieldLineBytesMax,
    )
    expect(Math.max(...requests.map(({ method }) => method.length))).toBe(
      DEFAULT_LIMITS.methodBytesMax,
    )
  })

  it('keeps the connection open with persistent', () => {
    for (const request of sample(httpRequest({ persistent: true }), 1000))
      expect(observeParser([printRequest(request)]).isOpen).toBe(true)
  })

  it('is mostly small, and shrinks to less than 100 bytes', () => {
    const sizes = requests.map(request => printRequest(request).length).sort((a, b) => a - b)
    expect(sizes[sizes.length / 2]).toBeLessThan(400)
    const chunked: RequestModel = smallest(
      httpRequest(),
      ({ content }) => content.kind !== 'chunked',
    )
    expect(textOf(printRequest(chunked)).length).toBeLessThan(100)
  })
})

describe('growToLimit', () => {
  const chunked = sample(httpRequest(), 500).find(
    ({ form, content }) => form === 'origin' && content.kind === 'chunked',
  )!

  it.each(GROWABLE_LIMITS)('grows a request to %s, and beyond it', limit => {
    expect(codeOf(printRequest(growToLimit(chunked, limit, 0)))).toBe('accepted')
    expect(codeOf(printRequest(growToLimit(chunked, limit, 1)))).toMatch(
      /too-(?:long|large|many-fields)$/,
    )
  })
})

describe('pipelined', () => {
  it('consists of its models, printed one after another', () => {
    for (const { models, wire } of sample(pipelined(), 200)) {
      expect(textOf(wire)).toBe(models.map(model => textOf(printRequest(model))).join(''))
      expect(observeParser([wire]).messages.length).toBe(models.length)
    }
  })
})

describe('nearValidRequest', () => {
  const codes = sample(nearValidRequest(), 6000).map(codeOf)

  it('is accepted sometimes, and refused with every error code', () => {
    expect(new Set(codes)).toEqual(new Set(['accepted', ...PARSE_ERROR_CODES]))
    expect(codes.filter(code => code === 'accepted').length).toBeGreaterThan(codes.length / 5)
  })

  it.each(['bare-lf', 'content-length-repeated', 'chunk-size-overflow'])(
    'shrinks well: %s',
    code => {
      expect(smallest(nearValidRequest(), wire => codeOf(wire) !== code).length).toBeLessThan(150)
    },
  )
})

describe('anyBytes', () => {
  it('generates any bytes, and fragments of HTTP', () => {
    const texts = sample(anyBytes()).map(textOf)
    expect(texts.some(text => /[\x80-\xff]/.test(text))).toBe(true)
    expect(texts.some(text => text.includes('\r\nHost: a\r\n'))).toBe(true)
    expect(texts).toContain('')
  })
})

describe('chunking', () => {
  const bytes = Uint8Array.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n', char => char.charCodeAt(0))
  const ways = sample(chunking(bytes))

  it('loses nothing', () => {
    for (const slices of ways) expect(slices.flatMap(slice => [...slice])).toEqual([...bytes])
  })

  it('cuts nowhere, after every byte and anywhere, and makes empty slices', () => {
    const lengths = ways.map(slices => slices.map(slice => slice.length))
    expect(lengths).toContainEqual([bytes.length])
    expect(lengths).toContainEqual(Array(bytes.length).fill(1))
    expect(lengths).toContainEqual([16, 9, 2])
    expect(lengths.some(list => list.includes(0))).toBe(true)
    const cuts = new Set(lengths.filter(list => list.length === 2).map(([first]) => first))
    expect(cuts.size).toBe(bytes.length + 1)
  })

  it('makes one empty slice of no bytes', () => {
    for (const way of ['nowhere', 'every-byte', 'line-ends'] as const)
      expect(slicesOf(new Uint8Array(0), way)).toEqual([new Uint8Array(0)])
  })
})

describe('field values', () => {
  const kinds: readonly (readonly [
    name: string,
    values: fc.Arbitrary<string>,
    kinds: readonly RegExp[],
  ])[] = [
    [
      'rangeField',
      rangeField(),
      [
        /^bytes=[0-9]+-[0-9]+$/,
        /^bytes=-[0-9]+$/,
        /9007199254740993/,
        /(?:[^,]*,){20}/,
        /^(?!bytes=)/,
      ],
    ],
    ['targetPath', targetPath(), [/^\/$/, /%2e/i, /%c0%ae/, /[^!-~]/, /^[^/]/, /(?:%41){255}/]],
    [
      'acceptEncoding',
      acceptEncoding(),
      [/^$/, /^gzip$/, /;q=0\.001/, /(?:[^,]*,){63}/, /\*;q=0(?:,|$)/, /Q=/],
    ],
    ['entityTagList', entityTagList(), [/^\*$/, /^"a", W\/"/, /^[^"]*"[^"]*$/, /","/]],
    ['entityTag', entityTag(), [/^""$/, /^W\/""$/, /[\x80-\xff]/]],
    [
      'httpDate',
      httpDate(),
      [/^\w{3}, .* GMT$/, /^\w+day, .*-\d\d /, / [ \d]\d .*\d{4}$/, /:60/, /29 Feb/],
    ],
  ]

  it.each(kinds)('%s generates every kind that matters', (_, arbitrary, patterns) => {
    const values = sample(arbitrary, 6000)
    for (const pattern of patterns)
      expect(
        values.some(value => pattern.test(value)),
        String(pattern),
      ).toBe(true)
  })
})

describe('proxyHeader', () => {
  const results = sample(proxyHeader(), 6000).map(wire => {
    const header = new ProxyHeader()
    const status = header.run(wire, 0, wire.length)
    return status === 'refused' ? header.code : (header.client?.address ?? status)
  })

  it('is accepted often, and refused with every error code', () => {
    // The other codes concern a connection: its time and its end.
    const ofHeaders = Object.keys(PROXY_ERRORS).filter(code => !/late|cut/.test(code))
    expect(ofHeaders.filter(code => !results.includes(code))).toEqual([])
    expect(results).toContain('complete')
    expect(results).toContain('partial')
    expect(results).toContain('unix:')
    expect(results.filter(result => /[.:]/.test(result)).length).toBeGreaterThan(results.length / 6)
  })
})

describe('forwarded', () => {
  it('names clients of every kind, in both fields', () => {
    const models = sample(forwarded())
    for (const field of ['forwarded', 'x-forwarded-for'] as const) {
      const clients = models
        .filter(model => model.field === field && model.elements.length > 0)
        .map(({ elements }) =>
          clientAddress(elements.map(({ text }) => text).join(','), field, () => false),
        )
      for (const kind of [/^\d+\.\d+\./, /:/, /^_/, /^unknown$/])
        expect(
          clients.some(client => kind.test(client ?? '')),
          `${field} ${kind}`,
        ).toBe(true)
    }
  })
})
