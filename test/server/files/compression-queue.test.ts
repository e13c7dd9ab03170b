import { describe, expect, it } from 'vitest'
import type { Coding } from '../../../src/response/index.ts'
import { CompressionQueue } from '../../../src/server/files/compression-queue.ts'
import type { ContentCoder } from '../../../src/server/files/content-coder.ts'

/** A coder that is done when it is told. */
class HeldCoder implements ContentCoder {
  readonly codings = ['br', 'gzip'] as const
  /** What is being compressed, in the order it began. */
  readonly running: { text: string; coding: Coding; done: (outcome?: Error) => void }[] = []

  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    const text = Buffer.from(bytes).toString()
    return new Promise((resolve, reject) => {
      const done = (outcome?: Error): void => {
        this.running.splice(this.running.indexOf(job), 1)
        if (outcome) reject(outcome)
        else resolve(Buffer.from(`${coding}(${text})`))
      }
      const job = { text, coding, done }
      this.running.push(job)
    })
  }

  get texts(): string {
    return this.running.map(({ text }) => text).join()
  }
}

function compressing(atOnceMax: number) {
  const coder = new HeldCoder()
  const compressor = new CompressionQueue(coder, atOnceMax)
  const reads: string[] = []
  const make = (key: string, coding: Coding = 'br'): Promise<string | undefined> =>
    compressor
      .compress(`${key}-${coding}`, coding, async () => {
        reads.push(key)
        return Buffer.from(key)
      })
      .then(bytes => bytes && Buffer.from(bytes).toString())
  return { coder, compressor, make, reads }
}

/** Lets all that is due happen. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('Compressor', () => {
  it('makes a coding', async () => {
    const { coder, make } = compressing(1)
    const made = make('a', 'gzip')
    await turn()
    coder.running[0]!.done()
    expect(await made).toBe('gzip(a)')
  })

  it('makes each once, however many ask for it, and anew when it is asked for later', async () => {
    const { coder, make, reads } = compressing(2)
    const made = [make('a'), make('a'), make('a')]
    await turn()
    expect(coder.texts).toBe('a')
    coder.running[0]!.done()
    expect(await Promise.all(made)).toEqual(['br(a)', 'br(a)', 'br(a)'])
    const again = make('a')
    await turn()
    coder.running[0]!.done()
    expect(await again).toBe('br(a)')
    expect(reads).toEqual(['a', 'a'])
  })

  it('takes one file in two codings for two', async () => {
    const { coder, make } = compressing(2)
    const made = [make('a', 'br'), make('a', 'gzip')]
    await turn()
    expect(coder.running.map(({ coding }) => coding)).toEqual(['br', 'gzip'])
    for (const { done } of [...coder.running]) done()
    expect(await Promise.all(made)).toEqual(['br(a)', 'gzip(a)'])
  })

  it.each([1, 2, 5])(
    'makes %d at once, the others in the order they came, and reads none before its turn',
    async atOnce => {
      const { coder, make, reads } = compressing(atOnce)
      const names = [...'abcdefgh']
      const made = names.map(name => make(name))
      for (let done = 0; done < names.length; done++) {
        await turn()
        expect(coder.texts).toBe(names.slice(done, done + atOnce).join())
        expect(reads).toEqual(names.slice(0, done + atOnce))
        coder.running[0]!.done()
      }
      expect(await Promise.all(made)).toEqual(names.map(name => `br(${name})`))
    },
  )

  it('is free again when all are made', async () => {
    const { coder, make } = compressing(1)
    for (const name of 'abc') {
      const made = make(name)
      await turn()
      expect(coder.texts).toBe(name)
      coder.running[0]!.done()
      await made
    }
  })

  it('goes on after a failure, and tells all who asked', async () => {
    const { coder, make } = compressing(1)
    const failed = [make('a'), make('a')]
    const made = make('b')
    await turn()
    coder.running[0]!.done(new Error('no memory'))
    for (const one of failed) await expect(one).rejects.toThrow('no memory')
    await turn()
    expect(coder.texts).toBe('b')
    coder.running[0]!.done()
    expect(await made).toBe('br(b)')
    const again = make('a')
    await turn()
    coder.running[0]!.done()
    expect(await again).toBe('br(a)')
  })

  it('goes on where there is nothing to compress any more, or reading fails', async () => {
    const { coder, compressor, make } = compressing(1)
    const gone = compressor.compress('gone', 'br', async () => undefined)
    const unread = compressor.compress('unread', 'br', () => Promise.reject(new Error('EIO')))
    const made = make('b')
    expect(await gone).toBeUndefined()
    await expect(unread).rejects.toThrow('EIO')
    await turn()
    expect(coder.texts).toBe('b')
    coder.running[0]!.done()
    expect(await made).toBe('br(b)')
  })

  it('lets only so many wait, and makes what is asked for again later', async () => {
    const { coder, make, reads } = compressing(1)
    const names = Array.from({ length: 300 }, (_, i) => `n${i}`)
    const outcomes = new Map<string, string | undefined>()
    const made = names.map(name => make(name).then(outcome => outcomes.set(name, outcome)))
    await turn()
    // One runs, 256 wait, and the rest was told at once.
    expect([...outcomes.keys()]).toEqual(names.slice(257))
    expect(new Set(outcomes.values())).toEqual(new Set([undefined]))
    // Who asks for one of those that wait is not refused.
    const joined = make('n256')
    for (let i = 0; i < 257; i++) {
      coder.running[0]!.done()
      await turn()
    }
    await Promise.all(made)
    expect(await joined).toBe('br(n256)')
    expect(reads).toEqual(names.slice(0, 257))
    const again = make('n299')
    await turn()
    coder.running[0]!.done()
    expect(await again).toBe('br(n299)')
  })

  it('offers what the coder can make, and nothing where nothing may be made', () => {
    expect(compressing(1).compressor.codings).toEqual(['br', 'gzip'])
    expect(compressing(0).compressor.codings).toEqual([])
  })
})
