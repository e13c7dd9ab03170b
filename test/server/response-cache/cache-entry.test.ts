import { describe, expect, it } from 'vitest'
import { SerializedHead } from '../../../src/server/response-cache/cache-entry.ts'

const ONE = 'Sun, 22 Nov 2026 12:00:00 GMT'
const TWO = 'Sun, 22 Nov 2026 12:00:01 GMT'

function textOf(head: SerializedHead, date: string): string {
  const bytes = Buffer.alloc(head.length + 2, '.')
  head.copyTo(bytes, 1, date)
  const text = bytes.toString('latin1')
  expect([text[0], text.at(-1)]).toEqual(['.', '.'])
  return text.slice(1, -1)
}

describe('SerializedHead', () => {
  it('is copied with the given Date, up to where its end differs', () => {
    const text = (date: string) =>
      `HTTP/1.1 200 OK\r\nX-A: a\r\nDate: ${date}\r\nContent-Length: 4\r\n`
    const head = new SerializedHead(200, [['X-A', 'a']], 4)
    expect(textOf(head, ONE)).toBe(text(ONE))
    expect(textOf(head, TWO)).toBe(text(TWO))
    expect(textOf(head, ONE)).toBe(text(ONE))
  })

  it('finds its own Date behind a field that looks like it', () => {
    const fields = [['X-A', 'Date: Thu, 01 Jan 1970 00:00:00 GMT']] as const
    const head = new SerializedHead(200, fields, 4)
    expect(textOf(head, ONE)).toBe(
      `HTTP/1.1 200 OK\r\nX-A: ${fields[0][1]}\r\nDate: ${ONE}\r\nContent-Length: 4\r\n`,
    )
  })

  it('has no length if there is none', () => {
    expect(textOf(new SerializedHead(304, [], undefined), ONE)).toBe(
      `HTTP/1.1 304 Not Modified\r\nDate: ${ONE}\r\n`,
    )
  })

  it('gives the head of a part, whose length is added later', () => {
    const fields = [
      ['ETag', '"a: b"'],
      ['Last-Modified', TWO],
    ] as const
    const part = new SerializedHead(200, fields, 4).ofPart()
    expect(textOf(part, ONE)).toBe(
      `HTTP/1.1 206 Partial Content\r\nETag: "a: b"\r\nLast-Modified: ${TWO}\r\nDate: ${ONE}\r\n`,
    )
  })
})
