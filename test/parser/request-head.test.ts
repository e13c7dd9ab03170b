import { describe, expect, it } from 'vitest'
import { Event, KnownField, type RequestHead, RequestParser } from '../../src/parser/index.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, char => char.charCodeAt(0))

function headOf(target: string): RequestHead {
  const parser = new RequestParser()
  parser.feed(bytesOf(`GET ${target} HTTP/1.1\r\nHost: a\r\nEmpty: \t \r\n\r\n`))
  expect(parser.next()).toBe(Event.Head)
  return parser.head
}

describe('head.path and head.query', () => {
  it.each([
    ['/a', '/a', ''],
    ['/a?', '/a', ''],
    ['/a?b=c', '/a', 'b=c'],
    ['/a?b?c', '/a', 'b?c'],
    ['/?', '/', ''],
    ['http://a.example', '/', ''],
    ['http://a.example?b', '/', 'b'],
    ['http://a.example/b/c?d', '/b/c', 'd'],
  ])('of %s are %s and "%s"', (target, path, query) => {
    const head = headOf(target)
    expect(head.path).toBe(path)
    expect(head.query).toBe(query)
  })

  it('are those of this request, whatever bytes precede it', () => {
    const parser = new RequestParser()
    parser.feed(
      bytesOf(
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n?????????GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n',
      ),
    )
    for (const event of [Event.Head, Event.Content, Event.End, Event.Head])
      expect(parser.next()).toBe(event)
    expect(parser.head.path).toBe('/a')
    expect(parser.head.query).toBe('b')
  })
})

describe('the span of a value', () => {
  it('is empty if there is only white space', () => {
    const head = headOf('/')
    expect(head.fieldName(1)).toBe('Empty')
    expect(head.fieldValueEnd(1)).toBe(head.fieldValueStart(1))
    expect(head.fieldValueEnd(head.find(KnownField.Host)) - head.fieldValueStart(0)).toBe(1)
  })
})

describe('the accessors of a field line', () => {
  it('throw a RangeError for a line that does not exist', () => {
    const head = headOf('/')
    for (const line of [-1, 2]) {
      expect(() => head.fieldName(line)).toThrow(new RangeError(`there is no field line ${line}`))
      expect(() => head.fieldValue(line)).toThrow(RangeError)
    }
  })
})
