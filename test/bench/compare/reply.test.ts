import { describe, expect, it } from 'vitest'
import {
  bytePartsOf,
  hasBytes,
  isHarmless,
  isRefused,
  isSinglePart,
  leadsToOtherHost,
} from '../../../bench/compare/expectations.ts'
import { fieldOf, inWords, parseReply, type Reply } from '../../../bench/compare/reply.ts'
import { SECRET, THOUSAND } from '../../../bench/compare/site.ts'
import { ranged, reply, sized } from './replies.ts'

const multipart = (...parts: readonly (readonly [range: string, content: string])[]): Reply => {
  const pieces = parts.map(
    ([range, content]) => `--b\r\nContent-Range: ${range}\r\n\r\n${content}\r\n`,
  )
  return sized(
    '206 OK\r\nContent-Type: multipart/byteranges; boundary=b',
    `${pieces.join('')}--b--\r\n`,
  )
}

describe('parseReply', () => {
  it('skips interim responses and joins fields', () => {
    const bytes =
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nVary: a\r\nvary: b\r\n\r\nhi'
    const parsed = parseReply(Buffer.from(bytes), 'closed')
    expect([parsed.status, fieldOf(parsed, 'Vary'), parsed.content.toString()]).toEqual([
      200,
      'a, b',
      'hi',
    ])
  })

  it('removes the chunked coding, and notices where it is cut off', () => {
    const head = '200 OK\r\nTransfer-Encoding: chunked'
    const whole = reply(head, '3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n')
    expect([whole.content.toString(), whole.isWhole]).toEqual(['abcde', true])
    const cut = reply(head, '3\r\nabc\r\n2\r\nd')
    expect([cut.content.toString(), cut.isWhole]).toEqual(['abcd', false])
  })

  it('notices content of another length than Content-Length', () => {
    expect(reply('200 OK\r\nContent-Length: 3', 'abc').isWhole).toBe(true)
    expect(reply('200 OK\r\nContent-Length: 3', 'abcd').isWhole).toBe(false)
    expect(reply('200 OK\r\nContent-Length: 3', 'ab').isWhole).toBe(false)
  })

  it('expects no content for HEAD and 304', () => {
    expect(reply('200 OK\r\nContent-Length: 3', '', 'HEAD').isWhole).toBe(true)
    expect(reply('304 Not Modified\r\nContent-Length: 3', 'abc').isWhole).toBe(false)
  })

  it('describes a response in a few words', () => {
    expect(inWords(sized('206 OK\r\nVary: x', 'ab'), 'Vary', 'ETag')).toBe(
      '206, Vary: x, no ETag, 2 bytes of content',
    )
    expect(inWords(reply('200 OK\r\nContent-Length: 9', 'ab'))).toBe(
      '200, 2 bytes of content, but the head said 9',
    )
    expect(inWords(parseReply(Buffer.from('HTTP/1.1 2'), 'timeout'))).toBe('no response in time')
  })
})

describe('expectations', () => {
  it('accept a range only if its position, its length and its bytes agree', () => {
    expect(isSinglePart(ranged('bytes 5-6/1000', THOUSAND.subarray(5, 7)), THOUSAND, 5, 6)).toBe(
      true,
    )
    expect(isSinglePart(ranged('bytes 5-6/1000', THOUSAND.subarray(4, 6)), THOUSAND, 5, 6)).toBe(
      false,
    )
    expect(isSinglePart(ranged('bytes 5-6/999', THOUSAND.subarray(5, 7)), THOUSAND, 5, 6)).toBe(
      false,
    )
    expect(isSinglePart(ranged('bytes 4-6/1000', THOUSAND.subarray(4, 7)), THOUSAND, 5, 6)).toBe(
      false,
    )
    expect(
      bytePartsOf(ranged('bytes 990-1000/1000', THOUSAND.subarray(990)), THOUSAND),
    ).toBeUndefined()
    expect(bytePartsOf(sized('206 OK', THOUSAND), THOUSAND)).toBeUndefined()
  })

  it('parse several ranges', () => {
    const text = THOUSAND.toString('latin1')
    const both = multipart(
      ['bytes 0-1/1000', text.slice(0, 2)],
      ['bytes 5-6/1000', text.slice(5, 7)],
    )
    expect(hasBytes(both, THOUSAND, [0, 1, 5, 6])).toBe(true)
    expect(hasBytes(both, THOUSAND, [0, 4])).toBe(false)
    const wrong = multipart(['bytes 0-1/1000', text.slice(0, 2)], ['bytes 5-6/1000', 'zz'])
    expect(bytePartsOf(wrong, THOUSAND)).toBeUndefined()
  })

  it('recognise a Location that leads to another host', () => {
    const away = ['//evil.com/', '/\\evil.com', 'http://evil.com', '\\\\evil.com/', '/\t/evil.com']
    const here = ['/evil.com/', 'evil.com/', './/evil.com', 'http://localhost/x', '/%2fevil.com']
    const leads = (location: string): boolean =>
      leadsToOtherHost(reply(`301 Moved\r\nLocation: ${location}`))
    expect(away.filter(location => !leads(location))).toEqual([])
    expect(here.filter(leads)).toEqual([])
  })

  it('do not accept a secret, a 5xx or silence as harmless', () => {
    expect(isHarmless(sized('404 Not Found', 'no'))).toBe(true)
    expect(isHarmless(sized('404 Not Found', `no ${SECRET}`))).toBe(false)
    expect(isHarmless(sized('500 Oh', 'no'))).toBe(false)
    expect(isHarmless(parseReply(Buffer.alloc(0), 'closed'))).toBe(false)
    expect(isRefused(sized('403 Forbidden', ''))).toBe(true)
    expect(isRefused(sized('200 OK', ''))).toBe(false)
  })
})
