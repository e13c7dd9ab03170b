import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, Event } from '../../../src/parser/index.ts'
import { ReaderPool } from '../../../src/server/connection/request-reader.ts'
import { get } from '../fake-server.ts'

describe('ReaderPool', () => {
  it('reuses a reader that was given back, and shares none', () => {
    const pool = new ReaderPool(DEFAULT_LIMITS, 1)
    const [reader, other] = [pool.take(), pool.take()]
    expect(reader).not.toBe(other)
    pool.give(reader)
    expect(pool.take()).toBe(reader)
  })

  it('keeps no more than keptMax readers', () => {
    const pool = new ReaderPool(DEFAULT_LIMITS, 1)
    const readers = [pool.take(), pool.take()]
    for (const reader of readers) pool.give(reader)
    expect([pool.take(), pool.take()].filter(reader => readers.includes(reader))).toHaveLength(1)
  })

  it.each([
    ['in a head', 'GET /old HTTP/1.1\r\nHost: a\r\nX: old'],
    ['in content', 'POST /old HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nold'],
    ['with bytes behind a head', `${get('/old')}GET /old`],
    ['after a failure', 'NONSENSE\r\n\r\n'],
    ['after the last request', get('/old', 'Connection: close')],
  ])('resets a reader that is given back %s', (_, text) => {
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

  it('creates parsers with its limits', () => {
    const { parser } = new ReaderPool({ ...DEFAULT_LIMITS, fieldCountMax: 1 }, 1).take()
    parser.feed(Buffer.from(get('/', 'X: two')))
    expect([parser.next(), parser.error?.code]).toEqual([Event.Failed, 'too-many-fields'])
  })
})
