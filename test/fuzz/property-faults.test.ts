import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as chunking from '../../fuzz/properties/chunking.ts'
import * as concatenation from '../../fuzz/properties/concatenation.ts'
import * as contentEnd from '../../fuzz/properties/content-end.ts'
import * as fieldParsers from '../../fuzz/properties/field-parsers.ts'
import * as forwarded from '../../fuzz/properties/forwarded.ts'
import * as linear from '../../fuzz/properties/linear.ts'
import * as memory from '../../fuzz/properties/memory.ts'
import * as peers from '../../fuzz/properties/peers.ts'
import * as proxyHeader from '../../fuzz/properties/proxy-header.ts'
import * as responseHead from '../../fuzz/properties/response-head.ts'
import * as roundTrip from '../../fuzz/properties/round-trip.ts'
import * as total from '../../fuzz/properties/total.ts'
import { Event, type Limits, RequestParser } from '../../src/parser/index.ts'
import { type BuildResult, type RangeResult, ResponseBuilder } from '../../src/response/index.ts'
import { clientAddress } from '../../src/server/proxy/forwarded.ts'
import { ProxyHeader } from '../../src/server/proxy/proxy-header.ts'

const SEED = 3

/** Each property must fail for a subject with a fault. */
describe('properties detect faults', () => {
  /** A parser that replaces some of its input by as many other bytes. */
  const rewriting = (from: string, to: string): typeof RequestParser =>
    class extends RequestParser {
      override feed(bytes: Uint8Array, start: number, end: number): void {
        const text = Buffer.from(bytes).toString('latin1').replaceAll(from, to)
        super.feed(new Uint8Array(Buffer.from(text, 'latin1')), start, end)
      }
    }

  class ReadsPastTheSlice extends RequestParser {
    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      super.feed(bytes, from, Math.min(to + 1, bytes.length))
    }
  }

  class ThrowsAtTrailers extends RequestParser {
    override next(): Event {
      if (super.next() === Event.Trailers) throw new RangeError('no trailers')
      return Event.NeedMore
    }
  }

  class KeepsTheSlice extends RequestParser {
    override release(): void {}
  }

  class AllowsOneByteMore extends RequestParser {
    constructor({ fieldLineBytesMax = 8192, ...limits }: Partial<Limits> = {}) {
      super({ ...limits, fieldLineBytesMax: fieldLineBytesMax + 1 })
    }
  }

  class KeepsAllInput extends RequestParser {
    seen: Uint8Array = new Uint8Array(0)

    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      this.seen = Uint8Array.of(...this.seen, ...bytes.subarray(from, to))
      super.feed(bytes, from, to)
    }
  }

  class RescansTheBuffer extends RequestParser {
    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      bytes.includes(0x0d)
      super.feed(bytes, from, to)
    }
  }

  class ReadsAheadAtEnd extends RequestParser {
    #bytes = new Uint8Array(0)

    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      this.#bytes = bytes as Uint8Array<ArrayBuffer>
      super.feed(bytes, from, to)
    }

    override next(): Event {
      const event = super.next()
      if (event === Event.End) this.#bytes[this.position]
      return event
    }
  }

  class SkipsFieldChecks extends ResponseBuilder {
    #text = ''

    override field(name: string, value: string | number): this {
      this.#text += `${name}: ${value}\r\n`
      return super.field(name, value)
    }

    override build(): BuildResult {
      const outcome = super.build()
      if (outcome.ok || outcome.problem.name === ':status') return outcome
      return { ok: true, bytes: new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${this.#text}\r\n`) }
    }
  }

  const { SUBJECTS } = fieldParsers
  /** Takes time that grows with the square of the length. */
  const matchInQuadraticTime = (list: string, tag: string): boolean => {
    const end = performance.now() + (list.length / 8000) ** 2
    while (performance.now() < end);
    return SUBJECTS.entityTagMatches(list, tag)
  }

  /**
   * Without validation: `bytes=5-1` is from 5, `bytes=0-0` is to the end, and a suffix is read as a
   * first position.
   */
  const parseLoosely = (value: string, size: number): RangeResult => {
    const [first, last] = value.replace('bytes=', '').split('-')
    const from = Number.parseInt(first!, 10) || 0
    const to = Math.min((Number.parseInt(last ?? '', 10) || size - 1) + 1, size)
    return from < size ? { kind: 'ranges', ranges: [{ from, to }] } : { kind: 'unsatisfiable' }
  }
  /** Numbers beyond 2 ** 53 become equal. */
  const parseAsDoubles = (value: string, size: number): RangeResult =>
    SUBJECTS.parseRange(
      value.replace(/\d+/g, digits => `${Math.min(Number(digits), Number.MAX_SAFE_INTEGER)}`),
      size,
    )
  const sortRanges = (value: string, size: number): RangeResult => {
    const outcome = SUBJECTS.parseRange(value, size)
    if (outcome.kind !== 'ranges') return outcome
    return { ...outcome, ranges: outcome.ranges.toSorted((a, b) => a.from - b.from) }
  }
  /** Merges ranges that are three bytes apart, one more than allowed. */
  const mergeTooFar = (value: string, size: number): RangeResult => {
    const outcome = SUBJECTS.parseRange(value, size)
    if (outcome.kind !== 'ranges' || outcome.ranges.length !== 2) return outcome
    const [a, b] = outcome.ranges.toSorted((x, y) => x.from - y.from)
    return b!.from - a!.to > 3 ? outcome : { ...outcome, ranges: [{ from: a!.from, to: b!.to }] }
  }

  class LosesByteAtCut extends ProxyHeader {
    #runs = 0

    override run(bytes: Uint8Array, from: number, to: number) {
      return this.#runs++ > 0 && from < to
        ? super.run(bytes, from + 1, to)
        : super.run(bytes, from, to)
    }
  }

  class ReadsPastTheHeader extends ProxyHeader {
    override run(bytes: Uint8Array, from: number, to: number) {
      for (let at = from; at < to; at++) bytes[at]
      return super.run(bytes, from, to)
    }
  }

  class ReportsNoClient extends ProxyHeader {
    override get client() {
      return undefined
    }
  }

  /** Splits the elements from the front, so that the client's text before them changes them. */
  const splitFromFront: typeof clientAddress = (value, field, isTrusted) => {
    const elements = value.match(/(?:[^",]|"[^"]*")+/g) ?? []
    return clientAddress(elements.join(','), field, isTrusted)
  }

  type Fault = readonly [
    what: string,
    property: { readonly inputs: fc.Arbitrary<unknown> },
    check: (input: never) => unknown,
  ]
  const faults: readonly Fault[] = [
    [
      'total: a read outside the slice',
      total.property,
      input => total.check(input, ReadsPastTheSlice),
    ],
    ['total: an exception', total.property, input => total.check(input, ThrowsAtTrailers)],
    [
      'chunking: a slice that is not released',
      chunking.property,
      input => chunking.check(input, KeepsTheSlice),
    ],
    [
      'round-trip: a name in another case',
      roundTrip.property,
      input => roundTrip.check(input, rewriting('X', 'x')),
    ],
    [
      'round-trip: a limit that is one byte too high',
      roundTrip.property,
      input => roundTrip.check(input, AllowsOneByteMore),
    ],
    [
      'concatenation: a read past the end',
      concatenation.property,
      input => concatenation.check(input, ReadsAheadAtEnd),
    ],
    [
      'content-end: a wrong name taken for Transfer-Encoding',
      contentEnd.property,
      input => contentEnd.check(input, rewriting('r_E', 'r-E')),
    ],
    ['peers: another target', peers.property, input => peers.check(input, rewriting('?', '!'))],
    ['memory: all input is kept', memory.property, input => memory.check(input, KeepsAllInput)],
    [
      'memory: a slice that is not released',
      memory.property,
      input => memory.check(input, KeepsTheSlice),
    ],
    [
      'linear: the whole buffer is rescanned',
      linear.property,
      input => linear.check(input, RescansTheBuffer),
    ],
    [
      'response-head: fields that are not checked',
      responseHead.property,
      input => responseHead.check(input, SkipsFieldChecks),
    ],
    [
      'proxy-header: a byte lost at a cut',
      proxyHeader.property,
      input => proxyHeader.check(input, LosesByteAtCut),
    ],
    [
      'proxy-header: a read past the header',
      proxyHeader.property,
      input => proxyHeader.check(input, ReadsPastTheHeader),
    ],
    [
      'proxy-header: no client',
      proxyHeader.property,
      input => proxyHeader.check(input, ReportsNoClient),
    ],
    [
      'forwarded: split from the front',
      forwarded.property,
      input => forwarded.check(input, splitFromFront),
    ],
    [
      'forwarded: the first element',
      forwarded.property,
      input => forwarded.check(input, (value, field) => clientAddress(value, field, () => true)),
    ],
    ...Object.entries({
      parseTargetPath: (raw: string) => SUBJECTS.parseTargetPath(raw, { dotfiles: true }),
      chooseCoding: () => 'gzip' as const,
      entityTagMatches: (list: string, tag: string) => list.includes(tag),
      entityTagMatchesStrongly: SUBJECTS.entityTagMatches,
      parseHttpDate: (text: string) => Date.parse(text),
      parseRange: parseLoosely,
      'parseRange, as doubles': parseAsDoubles,
      'parseRange, sorted': sortRanges,
      'parseRange, with a wider gap': mergeTooFar,
      'parseRange, slowly': (value: string, size: number) => {
        matchInQuadraticTime(value, '')
        return SUBJECTS.parseRange(value, size)
      },
      'entityTagMatches, slowly': matchInQuadraticTime,
    }).map(([name, subject]): Fault => {
      const subjects = { ...SUBJECTS, [name.split(',')[0]!]: subject }
      return [
        `field-parsers: ${name}`,
        fieldParsers.property,
        input => fieldParsers.check(input, subjects),
      ]
    }),
  ]

  it.each(faults)('%s', async (_, { inputs }, check) => {
    const property = fc.asyncProperty(inputs, async input => {
      await check(input as never)
    })
    const { failed } = await fc.check(property, { seed: SEED, numRuns: 20_000, endOnFailure: true })
    expect(failed).toBe(true)
  })
})
