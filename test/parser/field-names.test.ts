import { describe, expect, it } from 'vitest'
import { EMPTY_VIEW, ReadBuffer } from '../../src/parser/byte-window.ts'
import { recogniseField } from '../../src/parser/field-names.ts'
import { Event, KnownField, RequestParser } from '../../src/parser/index.ts'

const NAMES = Object.entries(KnownField).map(
  ([key, field]) => [key.replace(/\B[A-Z]/g, '-$&'), field] as const,
)
function recognise(name: string): number {
  const written = `--${name}--`
  const bytes = new ReadBuffer(written.length)
  new TextEncoder().encodeInto(written, bytes)
  const field = recogniseField(bytes, EMPTY_VIEW, 2, 2 + name.length)
  expect(recogniseField(bytes, bytes.view, 2, 2 + name.length)).toBe(field)
  return field
}

describe('recogniseField', () => {
  it.each(NAMES)('recognises %s in any case', (name, field) => {
    for (const written of [name, name.toLowerCase(), name.toUpperCase()])
      expect(recognise(written)).toBe(field)
  })

  it.each(NAMES)('recognises no similar name as %s', (name, field) => {
    const near = [
      `${name}s`,
      `x${name}`,
      name.slice(1),
      name.slice(0, -1),
      `x${name.slice(1)}`,
      name.replace('-', '_'),
      // Sixteen bytes longer, which gives the same slot of the hash table.
      name + 'x'.repeat(15) + name.at(-1),
    ]
    for (const other of near)
      if (other !== name && other !== '') expect(recognise(other)).not.toBe(field)
    for (let i = 0; i < name.length; i++)
      expect(recognise(`${name.slice(0, i)}!${name.slice(i + 1)}`)).toBe(-1)
    // `cont` has the slot of Content-Length in the hash table.
    for (let end = 1; end < name.length; end++)
      expect(recognise(name.slice(0, end))).not.toBe(field)
  })
})

describe('head.find and head.present', () => {
  function headOf(lines: string): RequestParser['head'] {
    const parser = new RequestParser()
    parser.feed(new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`))
    expect(parser.next()).toBe(Event.Head)
    return parser.head
  }

  it('give the fields that are present, and their first lines', () => {
    const head = headOf('RANGE: bytes=0-1\r\nX: y\r\naccept: a\r\nAccept: b\r\n')
    expect(head.present).toBe(
      (1 << KnownField.Host) | (1 << KnownField.Range) | (1 << KnownField.Accept),
    )
    expect(head.repeated).toBe(1 << KnownField.Accept)
    expect(head.find(KnownField.Host)).toBe(0)
    expect(head.find(KnownField.Range)).toBe(1)
    expect(head.find(KnownField.Accept)).toBe(3)
    expect(head.find(KnownField.IfRange)).toBe(-1)
  })

  it('do not keep the fields of the previous message', () => {
    const parser = new RequestParser()
    parser.feed(
      new TextEncoder().encode(
        'GET / HTTP/1.1\r\nHost: a\r\nRange: b\r\n\r\nGET / HTTP/1.1\r\nX: y\r\nHost: a\r\n\r\n',
      ),
    )
    for (const event of [Event.Head, Event.End, Event.Head]) expect(parser.next()).toBe(event)
    expect(parser.head.find(KnownField.Range)).toBe(-1)
    expect(parser.head.find(KnownField.Host)).toBe(1)
  })
})

describe('head.field', () => {
  it('joins the lines of a field, and takes its name in any case', () => {
    const parser = new RequestParser()
    parser.feed(
      new TextEncoder().encode('GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\nx-a:\r\nX-a: c\r\n\r\n'),
    )
    parser.next()
    expect(parser.head.field('x-A')).toBe('b, , c')
    expect(parser.head.field('x-b')).toBeUndefined()
    expect(parser.head.field('')).toBeUndefined()
  })
})
