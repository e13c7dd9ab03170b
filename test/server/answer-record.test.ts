import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../src/parser/index.ts'
import { describeRequest } from '../../src/server/answer-record.ts'
import { requestOf } from './fake-server.ts'

function describeText(text: string) {
  const parser = new RequestParser()
  parser.feed(Buffer.from(text))
  expect(parser.next()).toBe(Event.Head)
  return describeRequest(parser.head)
}

describe('describeRequest', () => {
  it('tells what was sent', () => {
    const lines = ['Host: a', 'Referer: http://a/b', 'User-Agent: me']
    expect(describeText(requestOf('PUT /a%20b?c HTTP/1.1', lines))).toEqual({
      method: 'PUT',
      target: '/a%20b?c',
      version: '1.1',
      referer: 'http://a/b',
      userAgent: 'me',
    })
  })

  it('has a dash for what was not sent', () => {
    const dashes = { method: '-', target: '-', version: '-', referer: '-', userAgent: '-' }
    expect(describeText(requestOf('GET / HTTP/1.0', []))).toEqual({
      ...dashes,
      method: 'GET',
      target: '/',
      version: '1.0',
    })
    expect(describeRequest(undefined)).toEqual(dashes)
  })
})
