import { describe, expect, it } from 'vitest'
import { SerializedResponse } from '../../../src/server/response-cache/serialized-response.ts'

const ONE = 'Sun, 22 Nov 2026 12:00:00 GMT'
const TWO = 'Sun, 22 Nov 2026 12:00:01 GMT'

const answer = (): SerializedResponse =>
  new SerializedResponse(200, [['X-A', 'a']], 4, Buffer.from('body'))

describe('ReadyAnswer', () => {
  it('is a whole answer with the Date of now', () => {
    const text = (date: string) =>
      `HTTP/1.1 200 OK\r\nX-A: a\r\nDate: ${date}\r\nContent-Length: 4\r\n\r\nbody`
    const ready = answer()
    expect(ready.bytes(ONE).toString()).toBe(text(ONE))
    expect(ready.bytes(TWO).toString()).toBe(text(TWO))
    expect(ready.length).toBe(text(ONE).length)
  })

  it('may be a head alone, with a length or without', () => {
    expect(new SerializedResponse(200, [], 4).bytes(ONE).toString()).toMatch(
      /\r\nContent-Length: 4\r\n\r\n$/,
    )
    expect(new SerializedResponse(304, [], undefined).bytes(ONE).toString()).toMatch(/GMT\r\n\r\n$/)
  })

  it('is the same bytes for the same second', () => {
    const ready = answer()
    expect(ready.bytes(ONE)).toBe(ready.bytes(ONE))
    expect(ready.bytes(TWO)).toBe(ready.bytes(TWO))
  })

  it('does not change what a wire still has', () => {
    const ready = answer()
    const before = ready.bytes(ONE)
    const text = before.toString()
    ready.lend()
    expect(ready.bytes(ONE)).toBe(before)
    expect(ready.bytes(TWO).toString()).toContain(TWO)
    expect(before.toString()).toBe(text)
  })

  it('copies its body', () => {
    const body = Buffer.from('body')
    const ready = new SerializedResponse(200, [], 4, body)
    body.fill('x')
    expect(ready.bytes(ONE).toString()).toMatch(/body$/)
  })
})
