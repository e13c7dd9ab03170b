import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInput } from '../../fuzz/input-file.ts'
import { properties } from '../../fuzz/properties/index.ts'

const FUZZ = join(import.meta.dirname, '../../fuzz')
const SEED = 3
/** The number of inputs for each property: each takes about half a second. */
const RUNS: Readonly<Record<string, number>> = {
  total: 300,
  chunking: 400,
  'round-trip': 300,
  concatenation: 200,
  'content-end': 800,
  peers: 400,
  memory: 100,
  linear: 50,
  'response-head': 2000,
  'field-parsers': 2000,
  'proxy-header': 800,
  forwarded: 1000,
}

describe('properties', () => {
  it.each(properties.map(property => [property.name, property] as const))(
    '%s holds',
    async (name, property) => {
      const asyncProperty = fc.asyncProperty(property.inputs, async input => property.check(input))
      await fc.assert(asyncProperty, { seed: SEED, numRuns: RUNS[name]! })
    },
  )

  it.each(properties.map(property => [property.name, property] as const))(
    '%s has a file that begins with its sentence',
    (name, property) => {
      const source = readFileSync(join(FUZZ, 'properties', `${name}.ts`), 'utf8')
      const [comment] = /^(?:\/\/ .*\n)+/.exec(source)!
      expect(
        comment
          .replaceAll(/^\/\/ /gm, '')
          .trim()
          .replaceAll('\n', ' '),
      ).toBe(property.sentence)
    },
  )

  it.each(
    properties
      .filter(({ withWire }) => withWire)
      .map(property => [property.name, property] as const),
  )('%s accepts other bytes instead of its own', (_, { inputs, wireOf, withWire }) => {
    const wire = Uint8Array.of(1, 2)
    for (const input of fc.sample(inputs, { seed: SEED, numRuns: 20 }))
      expect(wireOf!(withWire!(input, wire))).toEqual(wire)
  })
})

describe('fuzz/corpus/regressions', () => {
  it('break no property', async () => {
    const folder = join(FUZZ, 'corpus/regressions')
    for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
      const { property, input } = parseInput(readFileSync(join(folder, file), 'utf8'))
      const broken = properties.find(({ name }) => name === property)
      await expect((async () => broken!.check(input))(), file).resolves.toBeUndefined()
    }
  })
})
