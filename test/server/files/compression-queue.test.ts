import { describe, expect, it } from 'vitest'
import type { Coding } from '../../../src/response/index.ts'
import { CompressionQueue } from '../../../src/server/files/compression-queue.ts'
import type { ContentCoder } from '../../../src/server/files/content-coder.ts'

/** A coder whose jobs end when the test calls `done`. */
class ManualCoder implements ContentCoder {
  readonly codings = ['br', 'gzip'] as const
  /** The jobs that are running, in the order they began. */
  readonly running: { text: string; coding: Coding; done: (error?: Error) => void }[] = []

  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    const text = Buffer.from(bytes).toString()
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        this.running.splice(this.running.indexOf(job), 1)
        if (error) reject(error)
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

/** Returns a queue over a manual coder. `compress` resolves to the compressed text. */
function queueWith(atOnceMax: number) {
  const coder = new ManualCoder()
  const queue = new CompressionQueue(coder, atOnceMax)
  const reads: string[] = []
  const compress = (key: string, coding: Coding = 'br'): Promise<string | undefined> =>
    queue
      .compress(`${key}-${coding}`, coding, async () => {
        reads.push(key)
        return Buffer.from(key)
      })
      .then(bytes => bytes && Buffer.from(bytes).toString())
  return { coder, queue, compress, reads }
}

/** Runs the microtasks that are due. */
async function runMicrotasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('CompressionQueue', () => {
  it('compresses', async () => {
    const { coder, compress } = queueWith(1)
    const result = compress('a', 'gzip')
    await runMicrotasks()
    coder.running[0]!.done()
    expect(await result).toBe('gzip(a)')
  })

  it('compresses once for concurrent calls with one key, and again for a later call', async () => {
    const { coder, compress, reads } = queueWith(2)
    const results = [compress('a'), compress('a'), compress('a')]
    await runMicrotasks()
    expect(coder.texts).toBe('a')
    coder.running[0]!.done()
    expect(await Promise.all(results)).toEqual(['br(a)', 'br(a)', 'br(a)'])
    const again = compress('a')
    await runMicrotasks()
    coder.running[0]!.done()
    expect(await again).toBe('br(a)')
    expect(reads).toEqual(['a', 'a'])
  })

  it('compresses one file to two codings separately', async () => {
    const { coder, compress } = queueWith(2)
    const results = [compress('a', 'br'), compress('a', 'gzip')]
    await runMicrotasks()
    expect(coder.running.map(({ coding }) => coding)).toEqual(['br', 'gzip'])
    for (const { done } of [...coder.running]) done()
    expect(await Promise.all(results)).toEqual(['br(a)', 'gzip(a)'])
  })

  it.each([1, 2, 5])(
    'runs %d jobs at a time, in order, and reads no file before its turn',
    async atOnce => {
      const { coder, compress, reads } = queueWith(atOnce)
      const names = [...'abcdefgh']
      const results = names.map(name => compress(name))
      for (let done = 0; done < names.length; done++) {
        await runMicrotasks()
        expect(coder.texts).toBe(names.slice(done, done + atOnce).join())
        expect(reads).toEqual(names.slice(0, done + atOnce))
        coder.running[0]!.done()
      }
      expect(await Promise.all(results)).toEqual(names.map(name => `br(${name})`))
    },
  )

  it('accepts new jobs after all have ended', async () => {
    const { coder, compress } = queueWith(1)
    for (const name of 'abc') {
      const result = compress(name)
      await runMicrotasks()
      expect(coder.texts).toBe(name)
      coder.running[0]!.done()
      await result
    }
  })

  it('rejects all callers of a job that fails, and runs the next', async () => {
    const { coder, compress } = queueWith(1)
    const failed = [compress('a'), compress('a')]
    const result = compress('b')
    await runMicrotasks()
    coder.running[0]!.done(new Error('no memory'))
    for (const one of failed) await expect(one).rejects.toThrow('no memory')
    await runMicrotasks()
    expect(coder.texts).toBe('b')
    coder.running[0]!.done()
    expect(await result).toBe('br(b)')
    const again = compress('a')
    await runMicrotasks()
    coder.running[0]!.done()
    expect(await again).toBe('br(a)')
  })

  it('runs the next job if a file is gone or cannot be read', async () => {
    const { coder, queue, compress } = queueWith(1)
    const gone = queue.compress('gone', 'br', async () => undefined)
    const unread = queue.compress('unread', 'br', () => Promise.reject(new Error('EIO')))
    const result = compress('b')
    expect(await gone).toBeUndefined()
    await expect(unread).rejects.toThrow('EIO')
    await runMicrotasks()
    expect(coder.texts).toBe('b')
    coder.running[0]!.done()
    expect(await result).toBe('br(b)')
  })

  it('queues at most 256 jobs, and accepts the others later', async () => {
    const { coder, compress, reads } = queueWith(1)
    const names = Array.from({ length: 300 }, (_, i) => `n${i}`)
    const results = new Map<string, string | undefined>()
    const settled = names.map(name => compress(name).then(result => results.set(name, result)))
    await runMicrotasks()
    // One runs, 256 wait, and the others have resolved to undefined.
    expect([...results.keys()]).toEqual(names.slice(257))
    expect(new Set(results.values())).toEqual(new Set([undefined]))
    // A call for a job that waits joins it.
    const joined = compress('n256')
    for (let i = 0; i < 257; i++) {
      coder.running[0]!.done()
      await runMicrotasks()
    }
    await Promise.all(settled)
    expect(await joined).toBe('br(n256)')
    expect(reads).toEqual(names.slice(0, 257))
    const again = compress('n299')
    await runMicrotasks()
    coder.running[0]!.done()
    expect(await again).toBe('br(n299)')
  })

  it('has the codings of the coder, or none if it may run no jobs', () => {
    expect(queueWith(1).queue.codings).toEqual(['br', 'gzip'])
    expect(queueWith(0).queue.codings).toEqual([])
  })
})

describe('a quick compression', () => {
  /** Begins a compression for which a response waits. */
  function compressQuickly({ queue }: ReturnType<typeof queueWith>, key: string) {
    const read = async (): Promise<Uint8Array> => Buffer.from(key)
    return queue.compress(key, 'br', read, true)
  }

  it('waits for other quick ones', async () => {
    const setup = queueWith(1)
    const results = ['a', 'b', 'c'].map(key => compressQuickly(setup, key))
    for (const key of ['a', 'b', 'c']) {
      await runMicrotasks()
      expect(setup.coder.texts).toBe(key)
      setup.coder.running[0]!.done()
    }
    for (const result of results) expect(await result).toBeDefined()
  })

  it('is turned down if it would have to wait for another kind', async () => {
    const setup = queueWith(2)
    const slow = setup.compress('slow')
    // There is still a turn.
    const quick = compressQuickly(setup, 'a')
    await runMicrotasks()
    expect(setup.coder.texts).toBe('slow,a')
    expect(await compressQuickly(setup, 'b')).toBeUndefined()
    // Even if it runs already: it would come in its turn, which may be late.
    const waiting = setup.compress('c')
    expect(await compressQuickly(setup, 'c-br')).toBeUndefined()
    for (let n = 0; n < 3; n++) {
      setup.coder.running[0]!.done()
      await runMicrotasks()
    }
    for (const result of [slow, quick, waiting]) expect(await result).toBeDefined()
    const next = compressQuickly(setup, 'd')
    await runMicrotasks()
    setup.coder.running[0]!.done()
    expect(await next).toBeDefined()
  })
})
