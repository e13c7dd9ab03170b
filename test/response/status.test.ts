import { describe, expect, it } from 'vitest'
import { reasonPhrase, StatusCode } from '../../src/response/status.ts'

describe('StatusCode', () => {
  it('names each code once', () => {
    const codes = Object.values(StatusCode)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

describe('reasonPhrase', () => {
  it.each([
    [StatusCode.Continue, 'Continue'],
    [StatusCode.Ok, 'OK'],
    [StatusCode.NotModified, 'Not Modified'],
    [StatusCode.ContentTooLarge, 'Content Too Large'],
    [StatusCode.UriTooLong, 'URI Too Long'],
    [StatusCode.FieldsTooLarge, 'Request Header Fields Too Large'],
    [StatusCode.VersionNotSupported, 'HTTP Version Not Supported'],
    [StatusCode.InsufficientStorage, 'Insufficient Storage'],
  ])('of %i is %s', (status, phrase) => {
    expect(reasonPhrase(status)).toBe(phrase)
  })

  it.each(Object.entries(StatusCode))('exists for %s', (_name, status) => {
    expect(reasonPhrase(status)).toMatch(/^[A-Z][A-Za-z -]+$/)
  })

  it.each([0, 99, 299, 418, 599, 1000, Number.NaN])('is empty for %d', status => {
    expect(reasonPhrase(status)).toBe('')
  })
})
