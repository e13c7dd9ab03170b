import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Event, KnownField, RequestParser } from '../../src/parser/index.ts'
import { heldBytesOf } from '../../src/parser/request-parser.ts'
import { markdownCases } from './markdown-cases.ts'
import { observe } from './observe.ts'

for (const [file, cases] of markdownCases())
  describe(`RequestParser: ${file}`, () => {
    it.each(cases.map(one => [one.name, one] as const))('%s', (_, { wire, limits, events }) => {
      expect(observe([wire], limits)).toBe(events)
      for (let cut = 1; cut < wire.length; cut++)
        expect(observe([wire.subarray(0, cut), wire.subarray(cut)], limits), `cut at ${cut}`).toBe(
          events,
        )
      const singles = Array.from(wire, byte => Uint8Array.of(byte))
      expect(observe(singles, limits), 'byte by byte').toBe(events)
      expect(
        observe(
          singles.flatMap(byte => [byte, new Uint8Array(0)]),
          limits,
        ),
        'with empty slices',
      ).toBe(events)
    })
  })

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, char => char.charCodeAt(0))

const POST = 'POST /a?b HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\nContent-Length: 4\r\n\r\nbody'

function parserFedWith(wire: string): RequestParser {
  const parser = new RequestParser()
  parser.feed(bytesOf(wire))
  return parser
}

describe('RequestParser: feed and release', () => {
  it('gives the spans of a head and its content in the fed buffer itself', () => {
    const wire = bytesOf(`#####${POST}#####`)
    const parser = new RequestParser()
    parser.feed(wire, 5, 5 + POST.length)
    expect(parser.next()).toBe(Event.Head)
    const { head } = parser
    expect(head.bytes).toBe(wire)
    expect(head.base).toBe(5)
    expect(POST.slice(head.targetStart, head.targetEnd)).toBe('/a?b')
    const line = head.find(KnownField.Range)
    expect(POST.slice(head.fieldValueStart(line), head.fieldValueEnd(line))).toBe('bytes=0-1')
    expect(parser.next()).toBe(Event.Content)
    expect(parser.bytes).toBe(wire)
    expect([parser.from, parser.to]).toEqual([5 + POST.length - 4, 5 + POST.length])
    expect(parser.next()).toBe(Event.End)
    expect(parser.position).toBe(5 + POST.length)
  })

  it('reads content in place behind a head that came in two slices', () => {
    const parser = parserFedWith(POST.slice(0, 30))
    expect(parser.next()).toBe(Event.NeedMore)
    parser.release()
    const rest = bytesOf(POST.slice(30))
    parser.feed(rest)
    expect(parser.next()).toBe(Event.Head)
    expect(parser.head.bytes).not.toBe(rest)
    expect(parser.next()).toBe(Event.Content)
    expect(parser.bytes).toBe(rest)
    expect(parser.from).toBe(rest.length - 4)
  })

  it('keeps unread bytes and the current head after a release', () => {
    const wire = bytesOf(POST + POST)
    const parser = new RequestParser()
    parser.feed(wire)
    expect(parser.next()).toBe(Event.Head)
    parser.release()
    wire.fill(0xdb)
    expect(parser.position).toBe(POST.length - 4)
    for (const event of [Event.Content, Event.End]) expect(parser.next()).toBe(event)
    expect(parser.head.field('HOST')).toBe('h')
    expect(parser.position).toBe(POST.length)
    for (const event of [Event.Head, Event.Content, Event.End]) expect(parser.next()).toBe(event)
    expect(parser.head.target).toBe('/a?b')
    expect(parser.position).toBe(2 * POST.length)
    expect(parser.next()).toBe(Event.NeedMore)
  })

  it('does not refer to fed bytes after a release', () => {
    const wire = bytesOf(POST)
    const parser = new RequestParser()
    parser.feed(wire)
    while (parser.next() !== Event.NeedMore);
    parser.release()
    expect(parser.bytes).not.toBe(wire)
    expect(parser.head.bytes).not.toBe(wire)
    expect(parser.head.fieldCount).toBe(0)
  })

  it('accepts feed() only before the first event and after NeedMore', () => {
    const tooEarly = new RangeError('call feed() only before the first event and after NeedMore')
    const parser = parserFedWith('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    expect(() => parser.feed(bytesOf('x'))).toThrow(tooEarly)
    for (const event of [Event.Head, Event.End]) {
      expect(parser.next()).toBe(event)
      expect(() => parser.feed(bytesOf('x'))).toThrow(tooEarly)
    }
    expect(parser.next()).toBe(Event.NeedMore)
    parser.feed(bytesOf('x'))
  })

  it.each([
    [-1, 2],
    [2, 1],
    [0, 4],
    [Number.NaN, 2],
    [0.5, 2],
    [0, 1.5],
  ])('refuses a span from %d to %d of 3 bytes', (from, to) => {
    const parser = new RequestParser()
    expect(() => parser.feed(bytesOf('abc'), from, to)).toThrow(
      new RangeError(`there is no span from ${from} to ${to} in 3 bytes`),
    )
  })

  it.each(['GET / HTTP/1.1', undefined, null, [71], new ArrayBuffer(4), new Uint16Array(4), 4])(
    'refuses %j, which is no Uint8Array',
    bytes => {
      const parser = new RequestParser()
      expect(() => parser.feed(bytes as unknown as Uint8Array)).toThrow(
        new TypeError(`feed() takes a Uint8Array, such as a Buffer, not ${typeof bytes}`),
      )
      parser.feed(bytesOf('GET'))
      expect(parser.next()).toBe(Event.NeedMore)
    },
  )

  it('accepts a new connection after reset(), also after Failed', () => {
    const parser = parserFedWith('GET / HTTP/1.1\r\nBad Field: h\r\n')
    expect(parser.next()).toBe(Event.Failed)
    parser.reset()
    expect(parser.error).toBeUndefined()
    expect(parser.atBoundary).toBe(true)
    parser.feed(bytesOf(POST))
    expect(parser.next()).toBe(Event.Head)
  })

  it('drops unread bytes at a reset', () => {
    const parser = parserFedWith(POST + POST)
    expect(parser.next()).toBe(Event.Head)
    parser.reset()
    expect(parser.unreadBytes).toBe(0)
    expect(parser.next()).toBe(Event.NeedMore)
  })

  it('resets keepAlive, expectContinue and contentLength for the next request', () => {
    const close = 'GET / HTTP/1.1\r\nConnection: close\r\nBad\r\n\r\n'
    const parser = parserFedWith(close)
    expect(parser.keepAlive).toBe(true)
    expect(parser.next()).toBe(Event.Failed)
    expect(parser.keepAlive).toBe(false)
    parser.reset()
    expect(parser.keepAlive).toBe(true)
    parser.feed(bytesOf(POST.replace('Range: bytes=0-1', 'Expect: 100-continue')))
    expect(parser.next()).toBe(Event.Head)
    expect([parser.expectContinue, parser.contentLength]).toEqual([true, 4])
    for (const event of [Event.Content, Event.End, Event.NeedMore])
      expect(parser.next()).toBe(event)
    expect([parser.expectContinue, parser.contentLength]).toEqual([false, 0])
  })

  it('reads content in place in every slice', () => {
    const parser = parserFedWith(POST.slice(0, -2))
    for (const event of [Event.Head, Event.Content, Event.NeedMore])
      expect(parser.next()).toBe(event)
    const rest = bytesOf(POST.slice(-2))
    parser.feed(rest)
    expect(parser.next()).toBe(Event.Content)
    expect(parser.bytes).toBe(rest)
  })

  it('keeps a slice that is released before it is parsed, and counts its bytes', () => {
    const wire = POST + POST
    const parser = new RequestParser({
      requestLineBytesMax: 20,
      fieldsBytesMax: 50,
      contentBytesMax: 4,
    })
    parser.feed(bytesOf(wire.slice(0, 9)))
    expect(parser.next()).toBe(Event.NeedMore)
    const rest = bytesOf(wire.slice(9))
    parser.feed(rest)
    expect(parser.unreadBytes).toBe(rest.length)
    parser.release()
    rest.fill(0xdb)
    expect(parser.unreadBytes).toBe(rest.length)
    for (const event of [Event.Head, Event.Content, Event.End, Event.Head])
      expect(parser.next()).toBe(event)
    expect(parser.unreadBytes).toBe(4)
    expect(parser.head.field('Range')).toBe('bytes=0-1')
  })

  it('keeps the head of a request whose content comes later, and the bytes behind it', () => {
    const parser = new RequestParser()
    const feed = (text: string): void => {
      const slice = bytesOf(text)
      parser.feed(slice)
      const events: Event[] = []
      for (let event = parser.next(); ; event = parser.next()) {
        parser.release()
        slice.fill(0xdb)
        events.push(event)
        if (event === Event.NeedMore) break
        if (event === Event.Head || event === Event.End) {
          expect(parser.head.target).toBe('/a?b')
          expect(parser.head.field('Range')).toBe('bytes=0-1')
        }
      }
      seen.push(events)
    }
    const seen: Event[][] = []
    feed(POST + POST.slice(0, -3))
    feed(POST.slice(-3) + POST)
    const { Head, Content, End, NeedMore } = Event
    expect(seen).toEqual([
      [Head, Content, End, Head, Content, NeedMore],
      [Content, End, Head, Content, End, NeedMore],
    ])
  })

  it('keeps trailers after a release', () => {
    const wire = bytesOf(
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n',
    )
    const parser = new RequestParser()
    parser.feed(wire)
    for (const event of [Event.Head, Event.Trailers]) expect(parser.next()).toBe(event)
    parser.release()
    wire.fill(0xdb)
    expect(parser.trailers.field('a')).toBe('b')
    expect(parser.head.field('host')).toBe('h')
  })
})

describe('RequestParser: memory', () => {
  it('does not grow with the number of pipelined requests', () => {
    const request = 'GET / HTTP/1.1\r\nHost: h\r\nX: 0123456789\r\n\r\n'
    const stream = bytesOf(request.repeat(5000))
    const parser = new RequestParser()
    for (let at = 0; at < stream.length; at += 1000) {
      parser.feed(stream, at, Math.min(at + 1000, stream.length))
      // Released after each event, as while a slow response holds back the next request.
      while (parser.next() < Event.NeedMore) parser.release()
      parser.release()
      expect(heldBytesOf(parser)).toBeLessThan(8 * 1024)
    }
  })

  it('does not keep a finished message in front of an incomplete head', () => {
    const long = `GET /${'a'.repeat(600)} HTTP/1.1\r\nHost: h\r\n\r\n`
    const parser = parserFedWith(long + long.slice(0, 300))
    // Released after the first head, so that the second one is kept behind it.
    for (const event of [Event.Head, Event.End]) {
      expect(parser.next()).toBe(event)
      parser.release()
    }
    expect(parser.next()).toBe(Event.NeedMore)
    parser.feed(bytesOf(long.slice(300)))
    expect(parser.next()).toBe(Event.Head)
    expect(heldBytesOf(parser)).toBe(1024)
  })
})

describe('RequestParser.end', () => {
  it('returns Closed before any event, after NeedMore between messages, and after the last End', () => {
    expect(new RequestParser().end()).toBe(Event.Closed)
    const parser = parserFedWith(POST)
    for (const event of [Event.Head, Event.Content, Event.End]) expect(parser.next()).toBe(event)
    expect(parser.end()).toBe(Event.Closed)
    expect(parser.next()).toBe(Event.Closed)
  })

  it('throws a RangeError while there are unread bytes', () => {
    const tooEarly = new RangeError(
      'call end() only after NeedMore or the last End, or before any event',
    )
    const parser = parserFedWith(POST + POST)
    expect(() => parser.end()).toThrow(tooEarly)
    for (const event of [Event.Head, Event.Content, Event.End]) {
      expect(parser.next()).toBe(event)
      expect(() => parser.end()).toThrow(tooEarly)
    }
  })

  it('throws a RangeError before End was pulled, even if all bytes are consumed', () => {
    const parser = parserFedWith(POST)
    for (const event of [Event.Head, Event.Content]) expect(parser.next()).toBe(event)
    expect(parser.unreadBytes).toBe(0)
    expect(() => parser.end()).toThrow(RangeError)
  })
})

describe('RequestParser.atBoundary', () => {
  it('is true until the first byte of a message, or of an empty line, and again after its end', () => {
    const parser = new RequestParser()
    const seen = Array.from('\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n', char => {
      parser.feed(bytesOf(char))
      while (parser.next() === Event.Head) expect(parser.atBoundary).toBe(false)
      return parser.atBoundary
    })
    expect(seen).toEqual([...Array(26).fill(false), true])
  })
})

describe('RequestParser.limitContent', () => {
  it('overrides the default, upwards and downwards', () => {
    const parser = new RequestParser({ contentBytesMax: 3 })
    parser.feed(bytesOf(POST + POST))
    parser.next()
    parser.limitContent(4)
    for (const event of [Event.Content, Event.End, Event.Head, Event.Failed])
      expect(parser.next()).toBe(event)
    expect(parser.error?.code).toBe('content-too-large')
    const strict = parserFedWith(POST)
    strict.next()
    strict.limitContent(3)
    expect(strict.next()).toBe(Event.Failed)
    const none = parserFedWith(POST)
    none.next()
    none.limitContent(0)
    expect(none.next()).toBe(Event.Failed)
  })

  it('throws a RangeError unless called right after Head', () => {
    const parser = parserFedWith(POST)
    const tooEarly = new RangeError('call limitContent() only right after Head')
    expect(() => parser.limitContent(5)).toThrow(tooEarly)
    parser.next()
    for (const bytes of [-1, Number.NaN])
      expect(() => parser.limitContent(bytes)).toThrow(
        new RangeError(`${bytes} is not a content limit; pass a number of bytes`),
      )
    parser.next()
    expect(() => parser.limitContent(5)).toThrow(tooEarly)
  })
})

describe('ParseError', () => {
  it('is an Error whose string begins with its name', () => {
    const parser = parserFedWith('GET\t/')
    expect(parser.next()).toBe(Event.Failed)
    expect(parser.error).toBeInstanceOf(Error)
    expect(String(parser.error)).toBe(
      'ParseError: The method is not a token followed by one space.',
    )
  })
})

describe('RequestParser: slices', () => {
  const wires = markdownCases().flatMap(([, cases]) => cases)
  /** One to three cases in a row, with up to two bytes changed, cut into slices anywhere. */
  const cutWires = fc
    .array(fc.constantFrom(...wires), { minLength: 1, maxLength: 3 })
    .chain(cases => {
      const wire = Uint8Array.from(cases.flatMap(one => [...one.wire]))
      const index = fc.nat({ max: wire.length - 1 })
      return fc.record({
        limits: fc.constant(cases[0]!.limits),
        wire: fc.constant(wire),
        changes: fc.array(fc.tuple(index, fc.integer({ min: 0, max: 255 })), { maxLength: 2 }),
        cuts: fc.array(index, { maxLength: 8 }),
      })
    })

  it('give the same events wherever the bytes are cut', () => {
    fc.assert(
      fc.property(cutWires, ({ limits, wire, changes, cuts }) => {
        for (const [at, byte] of changes) wire[at] = byte
        const ends = [...cuts.sort((a, b) => a - b), wire.length]
        const slices = ends.map((end, i) => wire.subarray(i === 0 ? 0 : ends[i - 1], end))
        expect(observe(slices, limits)).toBe(observe([wire], limits))
      }),
      { numRuns: 3000, seed: 1 },
    )
  })
})
