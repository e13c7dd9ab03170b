import { describe, expect, it } from 'vitest'
import { SerializedResponse } from '../../../src/server/response-cache/cache-entry.ts'

const ONE = 'Sun, 22 Nov 2026 12:00:00 GMT'
const TWO = 'Sun, 22 Nov 2026 12:00:01 GMT'

const newResponse = (): SerializedResponse =>
  new SerializedResponse(200, [['X-A', 'a']], 4, Buffer.from('body'))

describe('SerializedResponse', () => {
  it('is a whole response with the given Date', () => {
    const text = (date: string) =>
      `HTTP/1.1 200 OK\r\nX-A: a\r\nDate: ${date}\r\nContent-Length: 4\r\n\r\nbody`
    const response = newResponse()
    expect(response.bytes(ONE).toString()).toBe(text(ONE))
    expect(response.bytes(TWO).toString()).toBe(text(TWO))
    expect(response.length).toBe(text(ONE).length)
  })

  it('may be a head alone, with a length or without', () => {
    expect(new SerializedResponse(200, [], 4).bytes(ONE).toString()).toMatch(
      /\r\nContent-Length: 4\r\n\r\n$/,
    )
    expect(new SerializedResponse(304, [], undefined).bytes(ONE).toString()).toMatch(/GMT\r\n\r\n$/)
  })

  it('returns the same bytes for the same Date', () => {
    const response = newResponse()
    expect(response.bytes(ONE)).toBe(response.bytes(ONE))
    expect(response.bytes(TWO)).toBe(response.bytes(TWO))
  })

  it('does not change bytes that are lent to a transport', () => {
    const response = newResponse()
    const before = response.bytes(ONE)
    const text = before.toString()
    response.lend()
    expect(response.bytes(ONE)).toBe(before)
    expect(response.bytes(TWO).toString()).toContain(TWO)
    expect(before.toString()).toBe(text)
  })

  it('copies its body', () => {
    const body = Buffer.from('body')
    const response = new SerializedResponse(200, [], 4, body)
    body.fill('x')
    expect(response.bytes(ONE).toString()).toMatch(/body$/)
  })
})
