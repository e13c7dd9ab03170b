import { describe, expect, it } from 'vitest'
import { checksumOf } from '../../bench/micro/parsers/adapter.ts'
import { httpParserJs } from '../../bench/micro/parsers/http-parser-js.ts'
import { nodeLlhttp } from '../../bench/micro/parsers/node-llhttp.ts'
import { statewire, statewireStrings } from '../../bench/micro/parsers/statewire.ts'
import { undiciLlhttp } from '../../bench/micro/parsers/undici-llhttp.ts'
import { BROWSER_BYTES, browser, mixed, SHAPES } from '../../bench/micro/requests.ts'

const ADAPTERS = [statewire(), statewireStrings, nodeLlhttp, undiciLlhttp, httpParserJs]

/** Parses a head in the simplest way. */
function parseNaively(text: string) {
  const [requestLine = '', ...lines] = text.slice(0, -4).split('\r\n')
  const [method, target] = requestLine.split(' ')
  return { method, target, fields: lines.map(line => line.split(': ')) }
}

describe.each(ADAPTERS)('the parser $name', ({ create, encode }) => {
  it.each(SHAPES)('parses each variant of: $name', ({ variants }) => {
    const parser = create()
    for (const request of variants) {
      const expected = parseNaively(request)
      expect(parser.parse(encode(request))).toBe(
        checksumOf(expected.fields.length, expected.target!.length, 0),
      )
      expect(parser.parsedRequest()).toEqual(expected)
    }
  })

  it('parses chunked content', () => {
    const request =
      'POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    expect(create().parse(encode(request))).toBe(checksumOf(2, 2, 5))
  })

  it('throws if it is not a request', () => {
    expect(() => create().parse(encode('nonsense\r\n\r\n'))).toThrow()
  })
})

describe('the requests', () => {
  it('of a browser have the size in their name', () => {
    for (const request of browser.variants) expect(request).toHaveLength(BROWSER_BYTES)
  })

  it.each([...SHAPES, mixed])('of shape $name are all different', ({ variants }) => {
    expect(new Set(variants).size).toBe(variants.length)
  })
})
