import { describe, expect, it } from 'vitest'

describe('statewire/parser', () => {
  // Imported within the test, so that an error at load time fails this test and not the whole file.
  it('can be loaded, and exports the documented names', async () => {
    const names = Object.keys(await import('../../src/parser/index.ts'))
    expect(names.sort()).toEqual([
      'DEFAULT_LIMITS',
      'Event',
      'KnownField',
      'PARSE_ERROR_CODES',
      'ParseError',
      'ReadBuffer',
      'RequestParser',
      'TargetForm',
    ])
  })
})
