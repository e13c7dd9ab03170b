import { describe, expect, it } from 'vitest'

describe('statewire/parser', () => {
  // Imported within the test, so that what goes wrong at load fails this and not its file.
  it('can be loaded, and exports what it is documented to', async () => {
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
