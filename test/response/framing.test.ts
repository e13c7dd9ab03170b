import { describe, expect, it } from 'vitest'
import { frame } from '../../src/response/response-head.ts'

const DATE = 'Sun, 22 Nov 2026 13:05:09 GMT'
const HTTP_1_1 = { date: DATE, minorVersion: 1, keepAlive: true }
const HTTP_1_0 = { ...HTTP_1_1, minorVersion: 0 }

describe('frame', () => {
  it.each([0, 4, 2 ** 40])('sends a known length of %d as Content-Length', length => {
    expect(frame(200, length, HTTP_1_1)).toEqual({
      fields: [
        ['Date', DATE],
        ['Content-Length', String(length)],
      ],
      hasContent: true,
      isChunked: false,
      keepAlive: true,
    })
  })

  it('frames an unknown length by chunks in HTTP/1.1', () => {
    expect(frame(200, undefined, HTTP_1_1)).toEqual({
      fields: [
        ['Date', DATE],
        ['Transfer-Encoding', 'chunked'],
      ],
      hasContent: true,
      isChunked: true,
      keepAlive: true,
    })
  })

  it('frames an unknown length by the end of the connection in HTTP/1.0', () => {
    expect(frame(200, undefined, HTTP_1_0)).toEqual({
      fields: [
        ['Date', DATE],
        ['Connection', 'close'],
      ],
      hasContent: true,
      isChunked: false,
      keepAlive: false,
    })
  })

  it('confirms keep-alive to HTTP/1.0', () => {
    const { fields, keepAlive } = frame(200, 4, HTTP_1_0)
    expect(fields.at(-1)).toEqual(['Connection', 'keep-alive'])
    expect(keepAlive).toBe(true)
  })

  it.each([
    ['HTTP/1.1, known length', 4, HTTP_1_1],
    ['HTTP/1.1, unknown length', undefined, HTTP_1_1],
    ['HTTP/1.0, known length', 4, HTTP_1_0],
    ['HTTP/1.0, unknown length', undefined, HTTP_1_0],
  ])('sends Connection: close if the connection may not persist: %s', (_, length, context) => {
    const { fields, keepAlive } = frame(200, length, { ...context, keepAlive: false })
    expect(fields.filter(([name]) => name === 'Connection')).toEqual([['Connection', 'close']])
    expect(keepAlive).toBe(false)
  })

  describe.each([0, 4, undefined])('with a length of %s', length => {
    it.each([
      [204, []],
      [205, [['Content-Length', '0']]],
      [304, []],
    ] as const)(
      'ends %d with its head, and lets the connection persist',
      (status, lengthFields) => {
        expect(frame(status, length, HTTP_1_1)).toEqual({
          fields: [['Date', DATE], ...lengthFields],
          hasContent: false,
          isChunked: false,
          keepAlive: true,
        })
        expect(frame(status, length, HTTP_1_0)).toEqual({
          fields: [['Date', DATE], ...lengthFields, ['Connection', 'keep-alive']],
          hasContent: false,
          isChunked: false,
          keepAlive: true,
        })
      },
    )
  })
})
