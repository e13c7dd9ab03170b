import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import { requestLogEntry } from '../../../src/server/log/request-log-entry.ts'

const RESPONSE = {
  remoteAddress: '192.0.2.7',
  wallMs: 1,
  durationMs: 2,
  status: 200,
  bytes: 3,
  bytesIn: 30,
  bytesOut: 90,
}
const SERVED = { refusal: undefined, closeReason: undefined }

function entryFor(text: string) {
  const parser = new RequestParser()
  parser.feed(Buffer.from(text))
  expect(parser.next()).toBe(Event.Head)
  return requestLogEntry({ ...RESPONSE, ...SERVED, head: parser.head })
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
      host: 'a',
      protocol: 'HTTP/1.1',
      refusal: '-',
      closeReason: '-',
    })
  })

  it('has a dash for what the client did not send', () => {
    const names = ['method', 'url', 'version', 'referer', 'userAgent', 'host', 'protocol']
    const reasons = ['refusal', 'closeReason']
    const dashes = Object.fromEntries([...names, ...reasons].map(name => [name, '-']))
    expect(entryFor('GET / HTTP/1.0\r\n\r\n')).toEqual({
      ...RESPONSE,
      ...dashes,
      method: 'GET',
      url: '/',
      version: '1.0',
      protocol: 'HTTP/1.0',
    })
    expect(requestLogEntry({ ...RESPONSE, ...SERVED, head: undefined })).toEqual({
      ...RESPONSE,
      ...dashes,
    })
  })

  it('has why the request was refused, and why the connection closes', () => {
    const refused = { refusal: 'host-missing', closeReason: 'parse-error' } as const
    expect(requestLogEntry({ ...RESPONSE, ...refused, head: undefined })).toMatchObject(refused)
  })
})
