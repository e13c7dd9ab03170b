import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, Event } from '../../../src/parser/index.ts'
import { ReaderPool } from '../../../src/server/connection/request-reader.ts'
import { get } from '../fake-server.ts'

describe('ReaderPool', () => {
  it('hands out again what is given back, and each to one at a time', () => {
    const pool = new ReaderPool(DEFAULT_LIMITS, 1)
    const [parser, other] = [pool.take(), pool.take()]
    expect(parser).not.toBe(other)
    pool.give(parser)
    expect(pool.take()).toBe(parser)
  })

  it('keeps no more than it is told to', () => {
    const pool = new ReaderPool(DEFAULT_LIMITS, 1)
    const parsers = [pool.take(), pool.take()]
    for (const parser of parsers) pool.give(parser)
    expect([pool.take(), pool.take()].filter(parser => parsers.includes(parser))).toHaveLength(1)
  })

  it.each([
    ['in a head', 'GET /old HTTP/1.1\r\nHost: a\r\nX: old'],
    ['in content', 'POST /old HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nold'],
    ['with bytes behind a head', `${get('/old')}GET /old`],
    ['after a failure', 'NONSENSE\r\n\r\n'],
    ['after the last request', get('/old', 'Connection: close')],
  ])('hands out parsers that know nothing of before: given back %s', (_, text) => {
    const pool = new ReaderPool(DEFAULT_LIMITS, 1)
    const reader = pool.take()
    const { parser } = reader
    const bytes = Buffer.from(text)
    parser.feed(bytes)
    parser.next()
    pool.give(reader)
    bytes.fill(0xdb)
    expect(pool.take()).toBe(reader)
    expect([parser.atBoundary, parser.error, parser.head.fieldCount]).toEqual([true, undefined, 0])
    parser.feed(Buffer.from(get('/new', 'X: new')))
    expect(parser.next()).toBe(Event.Head)
    expect([parser.head.target, parser.head.field('x')]).toEqual(['/new', 'new'])
    expect([parser.next(), parser.next()]).toEqual([Event.End, Event.NeedMore])
  })

  it('hands out parsers with its limits', () => {
    const { parser } = new ReaderPool({ ...DEFAULT_LIMITS, fieldCountMax: 1 }, 1).take()
    parser.feed(Buffer.from(get('/', 'X: two')))
    expect([parser.next(), parser.error?.code]).toEqual([Event.Failed, 'too-many-fields'])
  })
})
