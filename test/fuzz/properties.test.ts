import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInput } from '../../fuzz/input-file.ts'
import * as chunking from '../../fuzz/properties/chunking.ts'
import * as concatenation from '../../fuzz/properties/concatenation.ts'
import * as contentEnd from '../../fuzz/properties/content-end.ts'
import * as fieldParsers from '../../fuzz/properties/field-parsers.ts'
import * as forwarded from '../../fuzz/properties/forwarded.ts'
import { properties } from '../../fuzz/properties/index.ts'
import * as linear from '../../fuzz/properties/linear.ts'
import * as memory from '../../fuzz/properties/memory.ts'
import * as peers from '../../fuzz/properties/peers.ts'
import * as proxyHeader from '../../fuzz/properties/proxy-header.ts'
import * as responseHead from '../../fuzz/properties/response-head.ts'
import * as roundTrip from '../../fuzz/properties/round-trip.ts'
import * as total from '../../fuzz/properties/total.ts'
import { Event, type Limits, RequestParser } from '../../src/parser/index.ts'
import { type BuildOutcome, type RangeOutcome, ResponseBuilder } from '../../src/response/index.ts'
import { clientAddress, ProxyHeader } from '../../src/server/proxy/index.ts'

const FUZZ = join(import.meta.dirname, '../../fuzz')
const SEED = 3
/** So that each takes about half a second. */
const RUNS: Readonly<Record<string, number>> = {
  total: 300,
  chunking: 400,
  'round-trip': 300,
  concatenation: 200,
  'content-end': 800,
  peers: 400,
  memory: 100,
  linear: 50,
  'response-head': 2000,
  'field-parsers': 2000,
  'proxy-header': 800,
  forwarded: 1000,
}

describe('properties', () => {
  it.each(properties.map(property => [property.name, property] as const))(
    '%s holds',
    async (name, property) => {
      const attempt = fc.asyncProperty(property.inputs, async input => property.check(input))
      await fc.assert(attempt, { seed: SEED, numRuns: RUNS[name]! })
    },
  )

  it.each(properties.map(property => [property.name, property] as const))(
    '%s stands in its file, its sentence first',
    (name, property) => {
      const [first] = readFileSync(join(FUZZ, 'properties', `${name}.ts`), 'utf8').split('\n')
      expect(first).toBe(`// ${property.sentence}`)
    },
  )

  it.each(
    properties
      .filter(({ withWire }) => withWire)
      .map(property => [property.name, property] as const),
  )('%s takes other bytes in the place of its own', (_, { inputs, wireOf, withWire }) => {
    const wire = Uint8Array.of(1, 2)
    for (const input of fc.sample(inputs, { seed: SEED, numRuns: 20 }))
      expect(wireOf!(withWire!(input, wire))).toEqual(wire)
  })
})

describe('fuzz/corpus/regressions', () => {
  it('break no property any more', async () => {
    const folder = join(FUZZ, 'corpus/regressions')
    for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
      const { property, input } = parseInput(readFileSync(join(folder, file), 'utf8'))
      const broken = properties.find(({ name }) => name === property)
      await expect((async () => broken!.check(input))(), file).resolves.toBeUndefined()
    }
  })
})

describe('properties bite', () => {
  /** A parser that is fed other bytes than come, as many of them. */
  const rewriting = (from: string, to: string): typeof RequestParser =>
    class extends RequestParser {
      override feed(bytes: Uint8Array, start: number, end: number): void {
        const text = Buffer.from(bytes).toString('latin1').replaceAll(from, to)
        super.feed(new Uint8Array(Buffer.from(text, 'latin1')), start, end)
      }
    }

  class ReadsOn extends RequestParser {
    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      super.feed(bytes, from, Math.min(to + 1, bytes.length))
    }
  }

  class Throws extends RequestParser {
    override next(): Event {
      if (super.next() === Event.Trailers) throw new RangeError('no trailers')
      return Event.NeedMore
    }
  }

  class KeepsTheSlice extends RequestParser {
    override release(): void {}
  }

  class AllowsOneMore extends RequestParser {
    constructor({ fieldLineBytesMax = 8192, ...limits }: Partial<Limits> = {}) {
      super({ ...limits, fieldLineBytesMax: fieldLineBytesMax + 1 })
    }
  }

  class Remembers extends RequestParser {
    seen: Uint8Array = new Uint8Array(0)

    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      this.seen = Uint8Array.of(...this.seen, ...bytes.subarray(from, to))
      super.feed(bytes, from, to)
    }
  }

  class LooksBack extends RequestParser {
    override feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
      bytes.includes(0x0d)
      super.feed(bytes, from, to)
    }
  }

  class LooksAhead extends RequestParser {
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

  class Unchecked extends ResponseBuilder {
    #text = ''

    override field(name: string, value: string | number): this {
      this.#text += `${name}: ${value}\r\n`
      return super.field(name, value)
    }

    override build(): BuildOutcome {
      const outcome = super.build()
      if (outcome.ok || outcome.problem.name === ':status') return outcome
      return { ok: true, bytes: new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${this.#text}\r\n`) }
    }
  }

  const { SUBJECTS } = fieldParsers
  /** In time that grows with the square of the length. */
  const slowly = (list: string, tag: string): boolean => {
    const end = performance.now() + (list.length / 8000) ** 2
    while (performance.now() < end);
    return SUBJECTS.entityTagMatches(list, tag)
  }

  /** Whatever stands there: `bytes=5-1` is from 5, `bytes=0-0` is to the end, and a suffix is a beginning. */
  const readAsNumbers = (value: string, size: number): RangeOutcome => {
    const [first, last] = value.replace('bytes=', '').split('-')
    const from = Number.parseInt(first!, 10) || 0
    const to = Math.min((Number.parseInt(last ?? '', 10) || size - 1) + 1, size)
    return from < size ? { kind: 'ranges', ranges: [{ from, to }] } : { kind: 'unsatisfiable' }
  }
  /** Two numbers beyond 2 ** 53 are the same. */
  const readAsDoubles = (value: string, size: number): RangeOutcome =>
    SUBJECTS.parseRange(
      value.replace(/\d+/g, digits => `${Math.min(Number(digits), Number.MAX_SAFE_INTEGER)}`),
      size,
    )
  const readSorted = (value: string, size: number): RangeOutcome => {
    const outcome = SUBJECTS.parseRange(value, size)
    if (outcome.kind !== 'ranges') return outcome
    return { ...outcome, ranges: outcome.ranges.toSorted((a, b) => a.from - b.from) }
  }
  /** So much as to send a third byte of a gap with those about it. */
  const readNearer = (value: string, size: number): RangeOutcome => {
    const outcome = SUBJECTS.parseRange(value, size)
    if (outcome.kind !== 'ranges' || outcome.ranges.length !== 2) return outcome
    const [a, b] = outcome.ranges.toSorted((x, y) => x.from - y.from)
    return b!.from - a!.to > 3 ? outcome : { ...outcome, ranges: [{ from: a!.from, to: b!.to }] }
  }

  class ForgetsTheCut extends ProxyHeader {
    #runs = 0

    override run(bytes: Uint8Array, from: number, to: number) {
      return this.#runs++ > 0 && from < to
        ? super.run(bytes, from + 1, to)
        : super.run(bytes, from, to)
    }
  }

  class LooksAtTheRest extends ProxyHeader {
    override run(bytes: Uint8Array, from: number, to: number) {
      for (let at = from; at < to; at++) bytes[at]
      return super.run(bytes, from, to)
    }
  }

  class TellsNobody extends ProxyHeader {
    override get client() {
      return undefined
    }
  }

  /** From the front, as most write it. */
  const splitForwards: typeof clientAddress = (value, field, isTrusted) => {
    const elements = value.match(/(?:[^",]|"[^"]*")+/g) ?? []
    return clientAddress(elements.join(','), field, isTrusted)
  }

  type Bite = readonly [
    what: string,
    property: { readonly inputs: fc.Arbitrary<unknown> },
    check: (input: never) => unknown,
  ]
  const bites: readonly Bite[] = [
    ['total: a read outside the slice', total.property, input => total.check(input, ReadsOn)],
    ['total: an exception', total.property, input => total.check(input, Throws)],
    [
      'chunking: a slice that is not given back',
      chunking.property,
      input => chunking.check(input, KeepsTheSlice),
    ],
    [
      'round-trip: a name in another case',
      roundTrip.property,
      input => roundTrip.check(input, rewriting('X', 'x')),
    ],
    [
      'round-trip: a limit that is one too high',
      roundTrip.property,
      input => roundTrip.check(input, AllowsOneMore),
    ],
    [
      'concatenation: a look past the end',
      concatenation.property,
      input => concatenation.check(input, LooksAhead),
    ],
    [
      'content-end: a name that is not one',
      contentEnd.property,
      input => contentEnd.check(input, rewriting('r_E', 'r-E')),
    ],
    ['peers: another target', peers.property, input => peers.check(input, rewriting('?', '!'))],
    ['memory: all that has come', memory.property, input => memory.check(input, Remembers)],
    [
      'memory: a slice that is not given back',
      memory.property,
      input => memory.check(input, KeepsTheSlice),
    ],
    [
      'linear: a look at all that has come',
      linear.property,
      input => linear.check(input, LooksBack),
    ],
    [
      'response-head: a field that is not checked',
      responseHead.property,
      input => responseHead.check(input, Unchecked),
    ],
    [
      'proxy-header: a byte that is lost',
      proxyHeader.property,
      input => proxyHeader.check(input, ForgetsTheCut),
    ],
    [
      'proxy-header: a look at what follows',
      proxyHeader.property,
      input => proxyHeader.check(input, LooksAtTheRest),
    ],
    [
      'proxy-header: no client',
      proxyHeader.property,
      input => proxyHeader.check(input, TellsNobody),
    ],
    [
      'forwarded: read from the front',
      forwarded.property,
      input => forwarded.check(input, splitForwards),
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
      parseRange: readAsNumbers,
      'parseRange, as doubles': readAsDoubles,
      'parseRange, sorted': readSorted,
      'parseRange, with a wider gap': readNearer,
      'parseRange, slowly': (value: string, size: number) => {
        slowly(value, '')
        return SUBJECTS.parseRange(value, size)
      },
      'entityTagMatches, slowly': slowly,
    }).map(([name, subject]): Bite => {
      const subjects = { ...SUBJECTS, [name.split(',')[0]!]: subject }
      return [
        `field-parsers: ${name}`,
        fieldParsers.property,
        input => fieldParsers.check(input, subjects),
      ]
    }),
  ]

  it.each(bites)('%s', async (_, { inputs }, check) => {
    const property = fc.asyncProperty(inputs, async input => {
      await check(input as never)
    })
    const { failed } = await fc.check(property, { seed: SEED, numRuns: 20_000, endOnFailure: true })
    expect(failed).toBe(true)
  })
})
