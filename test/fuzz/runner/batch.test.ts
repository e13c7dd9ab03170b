import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyProperty } from '../../../fuzz/properties/index.ts'
import type { Property } from '../../../fuzz/property.ts'
import { runBatch } from '../../../fuzz/runner/batch.ts'
import { Corpus } from '../../../fuzz/runner/corpus.ts'
import type { Failure } from '../../../fuzz/runner/failure.ts'
import { SharedProgress } from '../../../fuzz/runner/shared-progress.ts'

const CHUNKED = new TextEncoder().encode(
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
)

/** A chunked request with one byte changed. No change leads to a quoted chunk extension. */
const oneByteOff: Property<Uint8Array> = {
  name: 'one-byte-off',
  sentence: 'It holds.',
  inputs: fc
    .tuple(fc.nat({ max: CHUNKED.length - 1 }), fc.nat({ max: 255 }))
    .map(([at, byte]) => CHUNKED.with(at, byte)),
  check: () => {},
  wireOf: wire => wire,
  withWire: (_, wire) => wire,
}

async function search<Input>(
  property: Property<Input>,
  batches: number,
  corpus = new Corpus(),
): Promise<{ corpus: Corpus; failure: Failure | undefined }> {
  for (let seed = 1; seed <= batches; seed++) {
    const failure = await runBatch({
      property: property as AnyProperty,
      seed,
      runs: 100,
      deadline: Number.POSITIVE_INFINITY,
      corpus,
      progress: new SharedProgress(1),
      onDiscovery: () => {},
    })
    if (failure !== undefined) return { corpus, failure }
  }
  return { corpus, failure: undefined }
}

describe('runBatch', () => {
  it('reaches edges that unguided inputs never reach', async () => {
    const unguided = new Corpus()
    for (const wire of fc.sample(oneByteOff.inputs, { seed: 1, numRuns: 10_000 }))
      unguided.explore(wire)
    const { corpus } = await search(oneByteOff, 100)
    const gained = unguided.edgesMissing.filter(edge => !corpus.edgesMissing.includes(edge))
    expect(gained.length).toBeGreaterThan(10)
    expect(corpus.edgesReached).toBeGreaterThan(unguided.edgesReached + 10)
  })

  it('is deterministic for a seed', async () => {
    const [one, other] = [await search(oneByteOff, 5), await search(oneByteOff, 5)]
    expect(one.corpus.wires).toEqual(other.corpus.wires)
  })

  it('shrinks an input that fast-check generated', async () => {
    const property: Property<{ readonly n: number }> = {
      name: 'small',
      sentence: 'Numbers are small.',
      inputs: fc.record({ n: fc.nat() }),
      check: ({ n }) => {
        if (n > 1000) throw new Error(`${n} is not small`)
      },
    }
    const { failure } = await search(property, 1)
    expect(failure).toMatchObject({
      property: 'small',
      found: { input: { n: 1001 } },
      message: 'Error: 1001 is not small',
    })
  })

  it('shrinks mutated bytes, and reports the last error', async () => {
    const property: Property<Uint8Array> = {
      ...oneByteOff,
      check: async wire => {
        const offset = Buffer.from(wire).indexOf('a="')
        if (offset !== -1) throw Object.assign(new Error('quoted'), { offset })
      },
    }
    const { failure } = await search(property, 40)
    expect(failure).toEqual({
      property: 'one-byte-off',
      found: { input: new TextEncoder().encode('a="') },
      message: 'Error: quoted',
      offset: 0,
    })
  })

  it('keeps the rest of an input that fails whatever its bytes are', async () => {
    const property: Property<{ readonly wire: Uint8Array; readonly n?: number }> = {
      name: 'small-or-bytes',
      sentence: 'Numbers are small.',
      inputs: fc.record({ wire: fc.constant(new Uint8Array(0)), n: fc.nat() }),
      check: ({ n = 0 }) => {
        if (n > 1000) throw new Error(`${n} is not small`)
      },
      wireOf: ({ wire }) => wire,
      withWire: (_, wire) => ({ wire }),
    }
    expect((await search(property, 1)).failure?.found?.input).toMatchObject({ n: 1001 })
  })

  it('does not count a failed precondition as a failure', async () => {
    expect((await search({ ...oneByteOff, check: () => fc.pre(false) }, 1)).failure).toBeUndefined()
  })

  it('checks no input after its deadline', async () => {
    let checks = 0
    const property = { ...oneByteOff, check: () => void checks++ } as AnyProperty
    const batch = {
      property,
      seed: 1,
      runs: 100,
      corpus: new Corpus(),
      progress: new SharedProgress(1),
      onDiscovery: () => {},
    }
    await runBatch({ ...batch, deadline: Date.now() - 1 })
    expect(checks).toBe(0)
  })
})
