import { describe, expect, it } from 'vitest'
import { isMediaType, typeOfName } from '../../src/response/type-rules.ts'

describe('isMediaType', () => {
  it.each([
    'text/html',
    'text/html; charset=windows-1252',
    'text/html;charset="a b";x=y',
    'application/vnd.a+json',
  ])('is true for %s', text => {
    expect(isMediaType(text)).toBe(true)
  })

  it.each([
    '',
    'text',
    'text/',
    '/html',
    'text/html;',
    'text/html; charset',
    'text/html; charset = utf-8',
    'text/html charset=utf-8',
    'text/html\r\nX: y',
    'text/ü',
  ])('is false for %j', text => {
    expect(isMediaType(text)).toBe(false)
  })
})

describe('typeOfName', () => {
  const types = [
    { names: [], extensions: ['d.ts', 'b'], type: 'x/1' },
    { names: ['build', 'a.b'], extensions: ['ts'], type: 'x/2' },
  ]

  it.each([
    ['lib.d.ts', 'x/1'],
    ['lib.TS', 'x/2'],
    ['BUILD', 'x/2'],
    ['a.b', 'x/1'],
    ['ts', undefined],
    ['.ts', undefined],
    ['a.ats', undefined],
    ['build.x', undefined],
    ['', undefined],
  ])('of %j is %j', (name, type) => {
    expect(typeOfName(types, name)).toBe(type)
  })
})
