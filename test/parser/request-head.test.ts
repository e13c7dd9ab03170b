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

describe('head.authority', () => {
  it.each([
    ['/a', 'a'],
    ['/http://b', 'a'],
    ['http://b.example', 'b.example'],
    ['HTTP://b.example:80/c', 'b.example:80'],
    ['https://b.example?c://d', 'b.example'],
    ['hTTpS://[::1]:8/', '[::1]:8'],
  ])('of %s with Host: a is %s', (target, authority) => {
    expect(headOf(target).authority).toBe(authority)
  })

  it.each([
    ['CONNECT b:1 HTTP/1.1', ['Host: a'], 'b:1'],
    ['OPTIONS * HTTP/1.1', ['Host: a'], 'a'],
    ['GET / HTTP/1.1', ['Host:'], ''],
    ['GET / HTTP/1.0', [], undefined],
    ['GET http://b/ HTTP/1.0', [], 'b'],
  ])('of %s with %j is %j', (line, lines, authority) => {
    const parser = new RequestParser()
    parser.feed(bytesOf(`${[line, ...lines].join('\r\n')}\r\n\r\n`))
    expect(parser.next()).toBe(Event.Head)
    expect(parser.head.authority).toBe(authority)
  })
})

describe('head.field', () => {
  it('joins the lines of Cookie by "; ", and those of others by ", "', () => {
    const parser = new RequestParser()
    const lines = ['Cookie: a=1', 'X: 1', 'COOKIE: b=2; c=3', 'x: 2', 'cookie: d=4', 'Cookies: e']
    parser.feed(bytesOf(`${['GET / HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n`))
    expect(parser.next()).toBe(Event.Head)
    expect(parser.head.field('Cookie')).toBe('a=1; b=2; c=3; d=4')
    expect(parser.head.field('X')).toBe('1, 2')
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
