import { describe, expect, it } from 'vitest'
import { isNotModified } from '../../src/response/preconditions.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const validators = { etag: '"v1"', lastModifiedMs: Date.parse('1994-11-06T08:49:37.789Z') }
const before = 'Sun, 06 Nov 1994 08:49:36 GMT'
const same = 'Sun, 06 Nov 1994 08:49:37 GMT'
const after = 'Sun, 06 Nov 1994 08:49:38 GMT'

describe('isNotModified', () => {
  it.each([
    ['no conditions', {}, false],
    ['its tag', { ifNoneMatch: '"v1"' }, true],
    ['its tag, weak', { ifNoneMatch: 'W/"v1"' }, true],
    ['its tag in a list', { ifNoneMatch: '"v0", "v1"' }, true],
    ['any tag', { ifNoneMatch: '*' }, true],
    ['another tag', { ifNoneMatch: '"v0"' }, false],
    ['an empty If-None-Match', { ifNoneMatch: '' }, false],
    ['the same second', { ifModifiedSince: same }, true],
    ['a later second', { ifModifiedSince: after }, true],
    ['an earlier second', { ifModifiedSince: before }, false],
    ['a date in the future', { ifModifiedSince: 'Thu, 01 Jan 2099 00:00:00 GMT' }, true],
    ['an rfc850 date', { ifModifiedSince: 'Sunday, 06-Nov-94 08:49:37 GMT' }, true],
    ['an asctime date', { ifModifiedSince: 'Sun Nov  6 08:49:37 1994' }, true],
    ['a bad date', { ifModifiedSince: 'Mon, 06 Nov 1994 08:49:37 GMT' }, false],
    ['an empty date', { ifModifiedSince: '' }, false],
    ['two dates', { ifModifiedSince: `${same}, ${same}` }, false],
    ['another tag, whatever the date', { ifNoneMatch: '"v0"', ifModifiedSince: after }, false],
    ['a malformed tag, whatever the date', { ifNoneMatch: 'v1', ifModifiedSince: after }, false],
    ['an empty If-None-Match, whatever the date', { ifNoneMatch: '', ifModifiedSince: after }, false],
    ['its tag, whatever the date', { ifNoneMatch: '"v1"', ifModifiedSince: before }, true],
  ])('given %s', (_what, request, expected) => {
    expect(isNotModified(request, validators, nowMs)).toBe(expected)
  })
})
