import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import { RequestHeaders } from '../../../src/server/handler/request-headers.ts'
import { get } from '../fake-server.ts'

function parse(...lines: string[]): { headers: RequestHeaders; bytes: Buffer } {
  const bytes = Buffer.from(get('/', ...lines), 'latin1')
  const parser = new RequestParser()
  parser.feed(bytes)
  expect(parser.next()).toBe(Event.Head)
  return { headers: new RequestHeaders(parser.head), bytes }
}

describe('RequestHeaders', () => {
  it('finds a header by its name in any case', () => {
    const { headers } = parse('X-Name:  a value ', 'Empty:')
    expect([headers.get('x-name'), headers.get('X-NAME')]).toEqual(['a value', 'a value'])
    expect([headers.has('X-Name'), headers.get('Empty'), headers.has('empty')]).toEqual([
      true,
      '',
      true,
    ])
  })

  it('has null for a header that is absent, also for names of Object.prototype', () => {
    const { headers } = parse()
    for (const name of ['x-name', 'constructor', '__proto__', ''])
      expect([headers.get(name), headers.has(name)], name).toEqual([null, false])
  })

  it('joins the lines of one name, at the place of the first', () => {
    const { headers } = parse('Accept: a', 'X: y', 'ACCEPT: b', 'accept: c')
    expect([...headers]).toEqual([
      ['host', 'a'],
      ['accept', 'a, b, c'],
      ['x', 'y'],
    ])
  })

  it('iterates like Headers', () => {
    const { headers } = parse('B: 2', 'A: 1')
    const entries = [
      ['host', 'a'],
      ['b', '2'],
      ['a', '1'],
    ]
    expect([...headers.entries()]).toEqual(entries)
    expect([...headers.keys()]).toEqual(['host', 'b', 'a'])
    expect([...headers.values()]).toEqual(['a', '2', '1'])
    const calls: [string, string][] = []
    headers.forEach((value, name) => {
      calls.push([name, value])
    })
    expect(calls).toEqual(entries)
    expect(Object.fromEntries(headers)).toEqual({ host: 'a', b: '2', a: '1' })
    expect(new Headers([...headers]).get('B')).toBe('2')
  })

  it('copies the values: they do not change when the read buffer is overwritten', () => {
    const { headers, bytes } = parse('X-Name: value')
    bytes.fill(0xdb)
    expect([...headers]).toEqual([
      ['host', 'a'],
      ['x-name', 'value'],
    ])
  })
})
