// The parsers of paths, Accept-Encoding, Range, If-Match, If-None-Match and dates agree with slow
// reference parsers, in linear time.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import * as fc from 'fast-check'
import {
  type Coding,
  chooseCoding,
  entityTagMatches,
  entityTagMatchesStrongly,
  parseHttpDate,
  parseRange,
  parseTargetPath,
  type TargetPathResult,
} from '#src/response/index.js'
import { acceptEncoding } from '../generators/accept-encoding.ts'
import { entityTag, entityTagList } from '../generators/entity-tag-list.ts'
import { httpDate } from '../generators/http-date.ts'
import { rangeField } from '../generators/range-field.ts'
import { targetPath } from '../generators/target-path.ts'
import { referenceCoding } from '../models/accept-encoding.ts'
import { referenceRange } from '../models/byte-range.ts'
import { referenceTagMatch } from '../models/entity-tag-list.ts'
import { referenceHttpDate } from '../models/http-date.ts'
import { type ReferencePath, referenceTargetPath } from '../models/target-path.ts'
import type { Property } from '../property.ts'

/** A call of one of the parsers: its text and its other arguments. */
type Call =
  | {
      readonly parser: 'path'
      readonly text: string
      readonly dotfiles: boolean
      readonly windows: boolean
      readonly bytes: boolean
    }
  | { readonly parser: 'coding'; readonly text: string; readonly offered: readonly Coding[] }
  | { readonly parser: 'range'; readonly text: string; readonly size: number }
  | {
      readonly parser: 'entity-tag' | 'strong-entity-tag'
      readonly text: string
      readonly tag: string
    }
  | { readonly parser: 'date'; readonly text: string; readonly nowMs: number }

type Input = Call & {
  /** Whether to repeat the text to 256 Ki characters and check only the time. */
  readonly isLong: boolean
}

type Subjects = {
  readonly parseTargetPath: typeof parseTargetPath
  readonly chooseCoding: typeof chooseCoding
  readonly parseRange: typeof parseRange
  readonly entityTagMatches: typeof entityTagMatches
  readonly entityTagMatchesStrongly: typeof entityTagMatchesStrongly
  readonly parseHttpDate: typeof parseHttpDate
}

export const SUBJECTS: Subjects = {
  parseTargetPath,
  chooseCoding,
  parseRange,
  entityTagMatches,
  entityTagMatchesStrongly,
  parseHttpDate,
}

const LONG_CHARS = 1 << 18
/** A long text takes some milliseconds in linear time, and minutes in quadratic time. */
const LONG_MS_MAX = 1000

function resultOf(call: Call, subjects: Subjects): unknown {
  switch (call.parser) {
    case 'path':
      return subjects.parseTargetPath(call.text, call)
    case 'coding':
      return subjects.chooseCoding(call.text, call.offered)
    case 'range':
      return subjects.parseRange(call.text, call.size)
    case 'entity-tag':
      return subjects.entityTagMatches(call.text, call.tag)
    case 'strong-entity-tag':
      return subjects.entityTagMatchesStrongly(call.text, call.tag)
    case 'date':
      return subjects.parseHttpDate(call.text, call.nowMs)
  }
}

function checkResult(call: Call, result: unknown): void {
  switch (call.parser) {
    case 'path':
      return checkPath(result as TargetPathResult, referenceTargetPath(call.text, call))
    case 'coding':
      return assert.equal(result, referenceCoding(call.text, call.offered))
    case 'range':
      return assert.deepEqual(result, referenceRange(call.text, call.size))
    case 'entity-tag':
      return assert.equal(result, referenceTagMatch(call.text, call.tag, 'weak'))
    case 'strong-entity-tag':
      return assert.equal(result, referenceTagMatch(call.text, call.tag, 'strong'))
    case 'date':
      return assert.equal(result, referenceHttpDate(call.text, call.nowMs))
  }
}

/** If there are several reasons to refuse a path, the parser may return any of them. */
function checkPath(result: TargetPathResult, reference: ReferencePath): void {
  if ('refusals' in reference) assert(!result.ok && reference.refusals.includes(result.code))
  else if ('location' in reference) {
    assert(!result.ok && result.code === 'not-canonical')
    assert.equal(result.location, reference.location)
  } else assert.deepEqual(result, { ok: true, ...reference })
}

export function check(input: Input, subjects: Subjects = SUBJECTS): void {
  if (!input.isLong) return checkResult(input, resultOf(input, subjects))
  const startMs = performance.now()
  const times = Math.ceil(LONG_CHARS / Math.max(input.text.length, 1))
  resultOf({ ...input, text: input.text.repeat(times) }, subjects)
  const ms = performance.now() - startMs
  assert(ms < LONG_MS_MAX, `${LONG_CHARS} characters take ${ms} ms`)
}

const parser = <Name extends Call['parser']>(name: Name): fc.Arbitrary<Name> => fc.constant(name)
const isLong = fc.oneof(
  { weight: 40, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
)
const date = fc.date({
  min: new Date('1970-01-01'),
  max: new Date('2200-01-01'),
  noInvalidDate: true,
})
/** File sizes: empty, small, about 1000 bytes, and as large as possible. */
const size = fc.oneof(
  { weight: 2, arbitrary: fc.nat({ max: 50 }) },
  fc.nat({ max: 1200 }),
  fc.constantFrom(0, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER),
)

export const property: Property<Input> = {
  name: 'field-parsers',
  sentence:
    'The parsers of paths, Accept-Encoding, Range, If-Match, If-None-Match and dates agree with slow reference parsers, in linear time.',
  inputs: fc.oneof(
    fc.record({
      parser: parser('path'),
      text: targetPath(),
      dotfiles: fc.boolean(),
      windows: fc.boolean(),
      bytes: fc.boolean(),
      isLong,
    }),
    fc.record({
      parser: parser('coding'),
      text: acceptEncoding(),
      offered: fc.shuffledSubarray<Coding>(['gzip', 'br', 'zstd']),
      isLong,
    }),
    fc.record({ parser: parser('range'), text: rangeField(), size, isLong }),
    fc.record({ parser: parser('entity-tag'), text: entityTagList(), tag: entityTag(), isLong }),
    fc.record({
      parser: parser('strong-entity-tag'),
      text: entityTagList(),
      tag: entityTag(),
      isLong,
    }),
    fc.record({ parser: parser('date'), text: httpDate(), nowMs: date.map(Number), isLong }),
  ),
  check: input => check(input),
}
