import { describe, expect, it } from 'vitest'
import { corsFields, planPreflight } from '../../src/response/cross-origin.ts'
import { headBytes } from '../../src/response/response-head.ts'
import { countReads } from './count-reads.ts'

const A = 'https://a.example'
const B = 'https://b.example:8443'
const EXPOSED = [
  'Access-Control-Expose-Headers',
  'Accept-Ranges, Content-Encoding, Content-Range, ETag, Location',
]

function head(fields: Record<string, string>, method = 'GET') {
  return { method, field: (name: string) => fields[name] }
}

describe('corsFields', () => {
  it.each<
    [
      origins: readonly string[] | undefined,
      origin: string | undefined,
      allowed: string | undefined,
      vary: boolean,
    ]
  >([
    [undefined, A, undefined, false],
    [undefined, undefined, undefined, false],
    [['*'], A, '*', false],
    [['*'], undefined, '*', false],
    [['*'], 'null', '*', false],
    [[A, '*'], A, '*', false],
    [[A, B], A, A, true],
    [[A, B], B, B, true],
    [[A], undefined, undefined, true],
    [[A], B, undefined, true],
    [[A], 'null', undefined, true],
    [[], A, undefined, true],
    // An origin is compared whole.
    [[A], `${A}.evil.com`, undefined, true],
    [[A], `${A}/`, undefined, true],
    [[A], `${A}:443`, undefined, true],
    [[A], 'http://a.example', undefined, true],
    [[A], 'https://A.example', undefined, true],
    [[A], `${A}, ${A}`, undefined, true],
    [[A], '', undefined, true],
    [[A], '*', undefined, true],
  ])('allowing %j, to the origin %j: %j, with Vary: %s', (origins, origin, allowed, vary) => {
    const fields = corsFields(origins, head(origin === undefined ? {} : { origin }))
    expect(fields).toEqual([
      ...(vary ? [['Vary', 'Origin']] : []),
      ...(allowed === undefined ? [] : [['Access-Control-Allow-Origin', allowed], EXPOSED]),
    ])
  })
})

describe('planPreflight', () => {
  const METHODS = ['GET', 'HEAD', 'PUT']
  const requested = { origin: A, 'access-control-request-method': 'PUT' }
  const ALLOWED = [
    ['Access-Control-Allow-Methods', 'GET, HEAD, PUT'],
    ['Access-Control-Max-Age', '86400'],
  ]

  it('allows all origins', () => {
    expect(planPreflight(['*'], head(requested, 'OPTIONS'), METHODS)).toEqual({
      status: 204,
      fields: [['Access-Control-Allow-Origin', '*'], ...ALLOWED],
      body: 'none',
    })
  })

  it('allows a listed origin', () => {
    expect(planPreflight([B, A], head(requested, 'OPTIONS'), METHODS)).toEqual({
      status: 204,
      fields: [['Vary', 'Origin'], ['Access-Control-Allow-Origin', A], ...ALLOWED],
      body: 'none',
    })
  })

  it('does not allow another origin, nor sends it the allowed methods', () => {
    const names = { 'access-control-request-headers': 'x-a' }
    expect(planPreflight([B], head({ ...requested, ...names }, 'OPTIONS'), METHODS)).toEqual({
      status: 204,
      fields: [['Vary', 'Origin']],
      body: 'none',
    })
  })

  it.each<
    [
      why: string,
      origins: readonly string[] | undefined,
      fields: Record<string, string>,
      method: string,
    ]
  >([
    ['without CORS', undefined, requested, 'OPTIONS'],
    ['with another method', ['*'], requested, 'GET'],
    ['without an origin', ['*'], { 'access-control-request-method': 'PUT' }, 'OPTIONS'],
    ['without a requested method', ['*'], { origin: A }, 'OPTIONS'],
  ])('returns undefined for a request %s', (_, origins, fields, method) => {
    expect(planPreflight(origins, head(fields, method), METHODS)).toBeUndefined()
  })

  it.each<[names: string, allowed: string | undefined]>([
    ['x-a', 'x-a'],
    ['authorization,x-a', 'authorization, x-a'],
    [' x-a \t,\tX-B', 'x-a, X-B'],
    ['', undefined],
    [',, ,', undefined],
    ['x a, x-b', 'x-b'],
    ['x-a: 1, x-b', 'x-b'],
    ['"x"', undefined],
    ['gr\u00f6\u00dfe, x-b', 'x-b'],
    ['*', '*'],
    [`${'a,'.repeat(63)}b,c`, `${'a, '.repeat(63)}b`],
  ])('for the requested names %j, allows %j', (names, allowed) => {
    const fields = { ...requested, 'access-control-request-headers': names }
    const plan = planPreflight(['*'], head(fields, 'OPTIONS'), METHODS)!
    expect(plan.fields.find(([name]) => name === 'Access-Control-Allow-Headers')?.[1]).toBe(allowed)
    expect(headBytes(plan.status, plan.fields).length).toBeGreaterThan(0)
  })

  it('never allows access to private networks, nor credentials', () => {
    const fields = { ...requested, 'access-control-request-private-network': 'true' }
    const names = planPreflight([A], head(fields, 'OPTIONS'), METHODS)!.fields.map(([name]) => name)
    expect(names).not.toContain('Access-Control-Allow-Private-Network')
    expect(names).not.toContain('Access-Control-Allow-Credentials')
  })

  it.each([',', 'a', 'a,', ' ', '\t,'])('reads 64 KiB of %j in linear steps', part => {
    const text = part.repeat(65_536 / part.length)
    const run = (counted: string) =>
      planPreflight(
        ['*'],
        head({ ...requested, 'access-control-request-headers': counted }, 'OPTIONS'),
        METHODS,
      )
    expect(countReads(text, run)).toBeLessThan(2 * 65_536)
  })
})
