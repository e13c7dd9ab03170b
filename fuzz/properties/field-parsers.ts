// The parsers of paths, Accept-Encoding, Range, If-Match, If-None-Match and dates read any text as slow models of their grammars do, and in linear time.
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
  type TargetPathOutcome,
} from '#src/response/index.js'
import { acceptEncoding } from '../generators/accept-encoding.ts'
import { entityTag, entityTagList } from '../generators/entity-tag-list.ts'
import { httpDate } from '../generators/http-date.ts'
import { rangeField } from '../generators/range-field.ts'
import { targetPath } from '../generators/target-path.ts'
import { readAcceptEncoding } from '../models/accept-encoding.ts'
import { readByteRange } from '../models/byte-range.ts'
import { readEntityTagList } from '../models/entity-tag-list.ts'
import { readHttpDate } from '../models/http-date.ts'
import { type PathReading, readTargetPath } from '../models/target-path.ts'
import type { Property } from '../property.ts'

/** Text for a parser, and what else it takes. */
type Call =
  | {
      readonly parser: 'path'
      readonly text: string
      readonly dotfiles: boolean
      readonly windows: boolean
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
  /** Whether the text comes so often that only the time is looked at. */
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
/** A long text takes some milliseconds where it is read in linear time, minutes in quadratic. */
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
      return checkPath(result as TargetPathOutcome, readTargetPath(call.text, call))
    case 'coding':
      return assert.equal(result, readAcceptEncoding(call.text, call.offered))
    case 'range':
      return assert.deepEqual(result, readByteRange(call.text, call.size))
    case 'entity-tag':
      return assert.equal(result, readEntityTagList(call.text, call.tag, 'weak'))
    case 'strong-entity-tag':
      return assert.equal(result, readEntityTagList(call.text, call.tag, 'strong'))
    case 'date':
      return assert.equal(result, readHttpDate(call.text, call.nowMs))
  }
}

/** Which of the reasons to refuse a path is told does not matter. */
function checkPath(outcome: TargetPathOutcome, reading: PathReading): void {
  if ('refusals' in reading) assert(!outcome.ok && reading.refusals.includes(outcome.code))
  else assert.deepEqual(outcome, { ok: true, ...reading })
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
/** Of files: empty, small, of 1000 bytes and about, and as large as can be. */
const size = fc.oneof(
  { weight: 2, arbitrary: fc.nat({ max: 50 }) },
  fc.nat({ max: 1200 }),
  fc.constantFrom(0, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER),
)

export const property: Property<Input> = {
  name: 'field-parsers',
  sentence:
    'The parsers of paths, Accept-Encoding, Range, If-Match, If-None-Match and dates read any text as slow models of their grammars do, and in linear time.',
  inputs: fc.oneof(
    fc.record({
      parser: parser('path'),
      text: targetPath(),
      dotfiles: fc.boolean(),
      windows: fc.boolean(),
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
