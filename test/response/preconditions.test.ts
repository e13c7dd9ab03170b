import { describe, expect, it } from 'vitest'
import {
  evaluatePreconditions,
  isNamedBy,
  rangeApplies,
  type Validators,
} from '../../src/response/validators.ts'
import { countReads } from './count-reads.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const lastModifiedMs = Date.parse('1994-11-06T08:49:37.789Z')
const before = 'Sun, 06 Nov 1994 08:49:36 GMT'
const same = 'Sun, 06 Nov 1994 08:49:37 GMT'
const after = 'Sun, 06 Nov 1994 08:49:38 GMT'

const gzip: Validators = { etag: '"v1-gzip"', lastModifiedMs }
const identity: Validators = { etag: '"v1"', lastModifiedMs }
const weak: Validators = { etag: 'W/"v1"', lastModifiedMs }
const undated: Validators = { etag: '"v1"', lastModifiedMs: undefined }

type Preconditions = {
  readonly ifMatch?: string
  readonly ifUnmodifiedSince?: string
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
}

/** Returns `failed`, `proceed`, or the index of the representation that is not modified. */
function evaluate(conditions: Preconditions, validators: readonly Validators[]): string | number {
  const fields: Readonly<Record<string, string | undefined>> = {
    'if-match': conditions.ifMatch,
    'if-unmodified-since': conditions.ifUnmodifiedSince,
    'if-none-match': conditions.ifNoneMatch,
    'if-modified-since': conditions.ifModifiedSince,
  }
  const head = { field: (name: string) => fields[name] }
  const result = evaluatePreconditions(head, validators, nowMs)
  return result.kind === 'not-modified' ? result.index : result.kind
}

describe('evaluatePreconditions', () => {
  it.each<[what: string, Preconditions, string | number]>([
    ['no conditions', {}, 'proceed'],
    // §13.2.2 step 1, §13.1.1.
    ['If-Match with its tag', { ifMatch: '"v1"' }, 'proceed'],
    ['If-Match with its tag in a list', { ifMatch: '"v0", "v1"' }, 'proceed'],
    ['If-Match with any tag', { ifMatch: '*' }, 'proceed'],
    ['If-Match with another tag', { ifMatch: '"v0"' }, 'failed'],
    ['If-Match with its tag, weak', { ifMatch: 'W/"v1"' }, 'failed'],
    ['an empty If-Match', { ifMatch: '' }, 'failed'],
    ['a malformed If-Match', { ifMatch: 'v1' }, 'failed'],
    // Step 2, §13.1.4.
    ['unmodified since the same second', { ifUnmodifiedSince: same }, 'proceed'],
    ['unmodified since a later second', { ifUnmodifiedSince: after }, 'proceed'],
    ['modified since an earlier second', { ifUnmodifiedSince: before }, 'failed'],
    [
      'modified since an rfc850 date',
      { ifUnmodifiedSince: 'Sunday, 06-Nov-94 08:49:36 GMT' },
      'failed',
    ],
    ['modified since an asctime date', { ifUnmodifiedSince: 'Sun Nov  6 08:49:36 1994' }, 'failed'],
    [
      'unmodified since a bad date',
      { ifUnmodifiedSince: 'Mon, 06 Nov 1994 08:49:36 GMT' },
      'proceed',
    ],
    ['unmodified since two dates', { ifUnmodifiedSince: `${before}, ${before}` }, 'proceed'],
    ['unmodified since nothing', { ifUnmodifiedSince: '' }, 'proceed'],
    // §13.1.4: ignored beside an If-Match.
    [
      'its tag, whatever the date before',
      { ifMatch: '"v1"', ifUnmodifiedSince: before },
      'proceed',
    ],
    [
      'another tag, whatever the date after',
      { ifMatch: '"v0"', ifUnmodifiedSince: after },
      'failed',
    ],
    // Step 3, §13.1.2.
    ['its tag', { ifNoneMatch: '"v1"' }, 0],
    ['its tag, weak', { ifNoneMatch: 'W/"v1"' }, 0],
    ['its tag in a list', { ifNoneMatch: '"v0", "v1"' }, 0],
    ['any tag', { ifNoneMatch: '*' }, 0],
    ['another tag', { ifNoneMatch: '"v0"' }, 'proceed'],
    ['an empty If-None-Match', { ifNoneMatch: '' }, 'proceed'],
    // Step 4, §13.1.3.
    ['the same second', { ifModifiedSince: same }, 0],
    ['a later second', { ifModifiedSince: after }, 0],
    ['an earlier second', { ifModifiedSince: before }, 'proceed'],
    ['a date in the future', { ifModifiedSince: 'Thu, 01 Jan 2099 00:00:00 GMT' }, 0],
    ['an rfc850 date', { ifModifiedSince: 'Sunday, 06-Nov-94 08:49:37 GMT' }, 0],
    ['an asctime date', { ifModifiedSince: 'Sun Nov  6 08:49:37 1994' }, 0],
    ['a bad date', { ifModifiedSince: 'Mon, 06 Nov 1994 08:49:37 GMT' }, 'proceed'],
    ['an empty date', { ifModifiedSince: '' }, 'proceed'],
    ['two dates', { ifModifiedSince: `${same}, ${same}` }, 'proceed'],
    // §13.1.3: ignored beside an If-None-Match.
    ['another tag, whatever the date', { ifNoneMatch: '"v0"', ifModifiedSince: after }, 'proceed'],
    [
      'a malformed tag, whatever the date',
      { ifNoneMatch: 'v1', ifModifiedSince: after },
      'proceed',
    ],
    [
      'an empty If-None-Match, whatever the date',
      { ifNoneMatch: '', ifModifiedSince: after },
      'proceed',
    ],
    ['its tag, whatever the date', { ifNoneMatch: '"v1"', ifModifiedSince: before }, 0],
    // §13.2.2: 412 takes precedence over 304.
    ['If-Match fails, If-None-Match too', { ifMatch: '"v0"', ifNoneMatch: '"v1"' }, 'failed'],
    ['If-Match holds, If-None-Match fails', { ifMatch: '"v1"', ifNoneMatch: '"v1"' }, 0],
    ['If-Match holds, If-Modified-Since fails', { ifMatch: '*', ifModifiedSince: same }, 0],
    ['modified since, and its tag', { ifUnmodifiedSince: before, ifNoneMatch: '"v1"' }, 'failed'],
    ['unmodified since, and its tag', { ifUnmodifiedSince: same, ifNoneMatch: '"v1"' }, 0],
    ['both dates before', { ifUnmodifiedSince: before, ifModifiedSince: before }, 'failed'],
    ['both dates the same', { ifUnmodifiedSince: same, ifModifiedSince: same }, 0],
    ['a bad date, and the same second', { ifUnmodifiedSince: 'now', ifModifiedSince: same }, 0],
  ])('RFC 9110 §13.2.2, given %s', (_, conditions, expected) => {
    expect(evaluate(conditions, [identity])).toBe(expected)
  })

  it.each<[what: string, Preconditions, readonly Validators[], string | number]>([
    // §13.1.2: any acceptable representation may match.
    ['the tag of the first', { ifNoneMatch: '"v1-gzip"' }, [gzip, identity], 0],
    ['the tag of the second', { ifNoneMatch: '"v1"' }, [gzip, identity], 1],
    ['the tags of both', { ifNoneMatch: '"v1", "v1-gzip"' }, [gzip, identity], 0],
    ['any tag', { ifNoneMatch: '*' }, [gzip, identity], 0],
    ['a tag of neither', { ifNoneMatch: '"v1-br"' }, [gzip, identity], 'proceed'],
    ['a date', { ifModifiedSince: same }, [gzip, identity], 0],
    // §13.1.1: only the representation that would be sent may match.
    ['If-Match with the first', { ifMatch: '"v1-gzip"' }, [gzip, identity], 'proceed'],
    ['If-Match with the second', { ifMatch: '"v1"' }, [gzip, identity], 'failed'],
    ['If-Match with neither', { ifMatch: '"v1-br"' }, [gzip, identity], 'failed'],
    // The date is that of the first: a precompressed file may be newer than its original.
    [
      'a date, the second older',
      { ifModifiedSince: same },
      [{ ...gzip, lastModifiedMs: nowMs }, identity],
      'proceed',
    ],
    [
      'a date, the second younger',
      { ifModifiedSince: same },
      [gzip, { ...identity, lastModifiedMs: nowMs }],
      0,
    ],
    // §8.8.3.2.
    ['If-Match with its tag, both weak', { ifMatch: 'W/"v1"' }, [weak], 'failed'],
    ['If-Match with its tag, itself weak', { ifMatch: '"v1"' }, [weak], 'failed'],
    ['If-Match with any tag, itself weak', { ifMatch: '*' }, [weak], 'proceed'],
    ['its tag, itself weak', { ifNoneMatch: '"v1"' }, [weak], 0],
    // §13.1.3, §13.1.4: ignored if there is no modification date.
    ['modified since, undated', { ifUnmodifiedSince: before }, [undated], 'proceed'],
    ['not modified since, undated', { ifModifiedSince: after }, [undated], 'proceed'],
    ['its tag, undated', { ifNoneMatch: '"v1"', ifModifiedSince: before }, [undated], 0],
    // §13.1.1, §13.1.2: `*` matches a current representation.
    ['If-Match with any tag, without a representation', { ifMatch: '*' }, [], 'failed'],
    ['any tag, without a representation', { ifNoneMatch: '*' }, [], 'proceed'],
    [
      'both dates, without a representation',
      { ifUnmodifiedSince: before, ifModifiedSince: after },
      [],
      'proceed',
    ],
  ])('given %s', (_, conditions, validators, expected) => {
    expect(evaluate(conditions, validators)).toBe(expected)
  })

  it('rounds a time before 1970 down to its second', () => {
    const early = { etag: '"v1"', lastModifiedMs: -1 }
    expect(evaluate({ ifModifiedSince: 'Wed, 31 Dec 1969 23:59:59 GMT' }, [early])).toBe(0)
    expect(evaluate({ ifModifiedSince: 'Wed, 31 Dec 1969 23:59:58 GMT' }, [early])).toBe('proceed')
  })

  // CVE-2017-16119 was a regular expression in quadratic time.
  it.each(['"', ',', ' ', '",', '"v0",', 'W/'])('reads 64 KiB of %j in linear steps', part => {
    const list = part.repeat(65_536 / part.length)
    for (const name of ['ifMatch', 'ifNoneMatch']) {
      const steps = countReads(list, counted => evaluate({ [name]: counted }, [gzip, identity]))
      expect(steps).toBeGreaterThanOrEqual(2 * list.length)
      expect(steps).toBeLessThan(16 * list.length)
    }
  })
})

describe('isNamedBy', () => {
  it.each<[ifMatch: string | undefined, ifRange: string | undefined, tag: string, boolean]>([
    ['"v1"', undefined, '"v1"', true],
    ['"v0", "v1"', undefined, '"v1"', true],
    [undefined, '"v1"', '"v1"', true],
    ['*', '"v1"', '"v1"', true],
    // The list decides: another representation would fail it.
    ['"v0"', '"v1"', '"v1"', false],
    ['*', undefined, '"v1"', false],
    [undefined, '"v0"', '"v1"', false],
    [undefined, same, '"v1"', false],
    // §8.8.3.2: a weak tag does not stand for the bytes.
    ['W/"v1"', undefined, 'W/"v1"', false],
    [undefined, 'W/"v1"', 'W/"v1"', false],
    [undefined, undefined, '"v1"', false],
  ])('with If-Match: %s and If-Range: %s, for %s: %s', (ifMatch, ifRange, tag, expected) => {
    const fields: Record<string, string | undefined> = { 'if-match': ifMatch, 'if-range': ifRange }
    expect(isNamedBy({ field: name => fields[name] }, tag)).toBe(expected)
  })
})

describe('rangeApplies', () => {
  const at = (ms: number): Validators => ({ etag: '"v1"', lastModifiedMs: ms })

  it.each<[what: string, string | undefined, Validators, boolean]>([
    ['no If-Range', undefined, identity, true],
    ['no If-Range, whatever the tag', undefined, weak, true],
    // §13.1.5: an entity-tag by the strong comparison.
    ['its tag', '"v1"', identity, true],
    ['another tag', '"v0"', identity, false],
    ['the tag of another coding', '"v1"', gzip, false],
    ['a tag that holds its own', '"v1-gzip"', identity, false],
    ['a part of its tag', '"v', identity, false],
    ['its tag without quotes', 'v1', identity, false],
    ['its tag, weak', 'W/"v1"', identity, false],
    ['its tag, itself weak', '"v1"', weak, false],
    ['its tag, both weak', 'W/"v1"', weak, false],
    // §13.1.5: one entity-tag, neither a list nor `*`.
    ['any tag', '*', identity, false],
    ['a list', '"v1", "v0"', identity, false],
    ['nothing', '', identity, false],
    // §13.1.5: exactly the date.
    ['its date', same, identity, true],
    ['its date as rfc850', 'Sunday, 06-Nov-94 08:49:37 GMT', identity, true],
    ['its date as asctime', 'Sun Nov  6 08:49:37 1994', identity, true],
    ['its date, the tag weak', same, weak, true],
    ['a date before', before, identity, false],
    ['a date after', after, identity, false],
    ['a bad date', 'Mon, 06 Nov 1994 08:49:37 GMT', identity, false],
    ['two dates', `${same}, ${same}`, identity, false],
    ['a date, undated', same, undated, false],
    ['a bad date, undated', 'yesterday', undated, false],
    ['its tag, undated', '"v1"', undated, true],
    // §8.8.2.2: a date is weak while the file may change again within its second.
    ['the date of this second', 'Sun, 22 Nov 2026 12:00:00 GMT', at(nowMs), false],
    ['the date of the second before', 'Sun, 22 Nov 2026 11:59:59 GMT', at(nowMs - 1), false],
    ['the date of two seconds before', 'Sun, 22 Nov 2026 11:59:58 GMT', at(nowMs - 1001), true],
    ['a date in the future', 'Sun, 22 Nov 2026 12:00:05 GMT', at(nowMs + 5000), false],
  ])('RFC 9110 §13.1.5, given %s', (_, ifRange, validator, expected) => {
    expect(rangeApplies(ifRange, validator, nowMs)).toBe(expected)
  })
})
