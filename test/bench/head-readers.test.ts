import { describe, expect, it } from 'vitest'
import { digestOf } from '../../bench/micro/head-readers/head-reader.ts'
import { httpParserJs } from '../../bench/micro/head-readers/http-parser-js.ts'
import { nodeLlhttp } from '../../bench/micro/head-readers/node-llhttp.ts'
import { statewire, statewireStrings } from '../../bench/micro/head-readers/statewire.ts'
import { undiciLlhttp } from '../../bench/micro/head-readers/undici-llhttp.ts'
import { BROWSER_BYTES, browser, mixed, SHAPES } from '../../bench/micro/requests.ts'

const READERS = [statewire(), statewireStrings, nodeLlhttp, undiciLlhttp, httpParserJs]

/** Reads a head by the plainest means. */
function readNaively(wire: string) {
  const [requestLine = '', ...lines] = wire.slice(0, -4).split('\r\n')
  const [method, target] = requestLine.split(' ')
  return { method, target, fields: lines.map(line => line.split(': ')) }
}

describe.each(READERS)('the reader of $name', ({ open, wireOf }) => {
  it.each(SHAPES)('reads what $name says, one after another', ({ variants }) => {
    const reader = open()
    for (const wire of variants) {
      const expected = readNaively(wire)
      expect(reader.read(wireOf(wire))).toBe(
        digestOf(expected.fields.length, expected.target!.length, 0),
      )
      expect(reader.text()).toEqual(expected)
    }
  })

  it('reads content in chunks', () => {
    const wire =
      'POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    expect(open().read(wireOf(wire))).toBe(digestOf(2, 2, 5))
  })

  it('throws for what is no request', () => {
    expect(() => open().read(wireOf('nonsense\r\n\r\n'))).toThrow()
  })
})

describe('the requests', () => {
  it('of a browser have the size they are said to have', () => {
    for (const wire of browser.variants) expect(wire).toHaveLength(BROWSER_BYTES)
  })

  it.each([...SHAPES, mixed])('of $name are all different', ({ variants }) => {
    expect(new Set(variants).size).toBe(variants.length)
  })
})
