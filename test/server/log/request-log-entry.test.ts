import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import { requestLogEntry } from '../../../src/server/log/request-log-entry.ts'

const RESPONSE = { remoteAddress: '192.0.2.7', wallMs: 1, durationMs: 2, status: 200, bytes: 3 }

function entryFor(text: string) {
  const parser = new RequestParser()
  parser.feed(Buffer.from(text))
  expect(parser.next()).toBe(Event.Head)
  return requestLogEntry({ ...RESPONSE, head: parser.head })
}

describe('requestLogEntry', () => {
  it('copies what the client sent', () => {
    const fields = 'Host: a\r\nReferer: http://a/b\r\nUser-Agent: me\r\n'
    expect(entryFor(`PUT /a%20b?c HTTP/1.1\r\n${fields}\r\n`)).toEqual({
      ...RESPONSE,
      method: 'PUT',
      url: '/a%20b?c',
      version: '1.1',
      referer: 'http://a/b',
      userAgent: 'me',
    })
  })

  it('has a dash for what the client did not send', () => {
    const dashes = { method: '-', url: '-', version: '-', referer: '-', userAgent: '-' }
    expect(entryFor('GET / HTTP/1.0\r\n\r\n')).toEqual({
      ...RESPONSE,
      ...dashes,
      method: 'GET',
      url: '/',
      version: '1.0',
    })
    expect(requestLogEntry({ ...RESPONSE, head: undefined })).toEqual({ ...RESPONSE, ...dashes })
  })
})
