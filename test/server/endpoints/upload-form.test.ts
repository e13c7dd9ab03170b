import { describe, expect, it } from 'vitest'
import { ContentError } from '../../../src/server/connection/request-body.ts'
import { isForm, readForm } from '../../../src/server/endpoints/upload-form.ts'

const TYPE = 'multipart/form-data; boundary=XX'

const part = (disposition: string, content: string): string =>
  `--XX\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`
const file = (name: string, content: string): string =>
  part(`name="file"; filename="${name}"`, content)
const form = (...parts: string[]): string => `${parts.join('')}--XX--\r\n`

/** Yields text in chunks of a size. */
async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function read(text: string, size = 1 << 20, type = TYPE): Promise<[string, string][]> {
  return readForm(chunksOf(text, size), type, async (name, content) => {
    const all: Uint8Array[] = []
    for await (const bytes of content) all.push(bytes)
    return [name, Buffer.concat(all).toString()] as [string, string]
  })
}

describe('readForm', () => {
  const large = 'x'.repeat(300_000)
  it.each([
    ['one file', form(file('a.txt', 'A')), [['a.txt', 'A']]],
    [
      'several',
      form(file('a', 'A'), file('b', ''), file('a', large)),
      [
        ['a', 'A'],
        ['b', ''],
        ['a', large],
      ],
    ],
    [
      'a file among fields',
      form(part('name="x"', 'X'), file('a', 'A'), part('name="y"', '')),
      [['a', 'A']],
    ],
    ['no file chosen', form(file('', '')), [['', '']]],
    ['a name beyond ASCII', form(file('é ü.txt', 'A')), [['é ü.txt', 'A']]],
    [
      'a path as name',
      form(file('C:\\x\\a.txt', '1'), file('../../b', '2')),
      [
        ['a.txt', '1'],
        ['b', '2'],
      ],
    ],
    ['content with dashes', form(file('a', '\r\n--X\r\n--XY')), [['a', '\r\n--X\r\n--XY']]],
    ['no part', form(), []],
  ])('reads %s, in chunks of any size', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected)
    expect(await read(text, 7)).toEqual(expected)
    if (text.length < 1000) expect(await read(text, 1)).toEqual(expected)
  })

  it.each([
    ['the end is missing', `${file('a', 'A')}`, TYPE],
    ['a part breaks off', file('a', 'A').slice(0, -10), TYPE],
    ['there is nothing', '', TYPE],
    ['it has another boundary', form(file('a', 'A')), 'multipart/form-data; boundary=YY'],
    ['the boundary is missing', form(file('a', 'A')), 'multipart/form-data'],
    ['it has too many files', form(...Array(101).fill(file('a', 'A'))), TYPE],
  ])('rejects if %s', async (_, text, type) => {
    for (const size of [1 << 20, 50])
      await expect(read(text, size, type)).rejects.toThrow(ContentError)
  })

  it('rejects with the error of the content, after all files have ended', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(file('a', 'A') + file('b', 'x'.repeat(100)).slice(0, -5))
      throw new ContentError('The request body is incomplete.')
    }
    const ended: string[] = []
    const reading = readForm(broken(), TYPE, async (name, content) => {
      try {
        for await (const _ of content);
      } finally {
        ended.push(name)
      }
    })
    await expect(reading).rejects.toThrow('incomplete')
    expect(ended).toEqual(['a', 'b'])
  })

  it('rejects with the error of a file, and reads no further', async () => {
    let chunks = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(file('a', '').slice(0, -2))
      for (;;) {
        chunks++
        yield Buffer.alloc(65_536)
        await new Promise(setImmediate)
      }
    }
    const reading = readForm(endless(), TYPE, async (_, content) => {
      for await (const _ of content) throw new Error('no space')
    })
    await expect(reading).rejects.toThrow('no space')
    expect(chunks).toBeLessThan(20)
  })
})

it.each([
  ['multipart/form-data; boundary=x', true],
  ['Multipart/Form-Data;boundary=x', true],
  ['multipart/form-data', true],
  ['multipart/form-database', false],
  ['multipart/mixed; boundary=x', false],
  ['text/plain', false],
  [undefined, false],
])('isForm(%j) is %s', (type, expected) => {
  expect(isForm(type)).toBe(expected)
})
