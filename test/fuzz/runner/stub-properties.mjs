// The fuzz command with stub properties that pass, fail, hang and crash. main.ts has the real ones.
import * as fc from 'fast-check'
import { run } from '../../../dist/fuzz/runner/run.js'

const bytes = text => new TextEncoder().encode(text)
const wired = {
  inputs: fc.record({
    wire: fc
      .constantFrom(
        'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
        'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
      )
      .map(bytes),
    other: fc.nat(),
  }),
  wireOf: ({ wire }) => wire,
  withWire: (input, wire) => ({ ...input, wire }),
}

const counted = new Map()

const properties = [
  { name: 'honest', sentence: 'This one holds.', ...wired, check() {} },
  {
    name: 'counting',
    sentence: 'It counts.',
    ...wired,
    tally: counted,
    check({ wire }) {
      const key = wire.includes(0x33) ? 'wires: with a three' : 'wires: without'
      counted.set(key, (counted.get(key) ?? 0) + 1)
      counted.set('all: checks', (counted.get('all: checks') ?? 0) + 1)
    },
  },
  {
    name: 'asynchronous',
    sentence: 'This one holds asynchronously.',
    ...wired,
    check: () => new Promise(setImmediate),
  },
  {
    name: 'brittle',
    sentence: 'Three has no place in a wire.',
    ...wired,
    check({ wire }) {
      const offset = wire.indexOf(0x33)
      if (offset !== -1) throw Object.assign(new Error('there is a three'), { offset })
    },
  },
  {
    name: 'small',
    sentence: 'Numbers are small.',
    inputs: fc.record({ n: fc.nat() }),
    check({ n }) {
      if (n > 1000) throw new Error(`${n} is not small`)
    },
  },
  {
    name: 'endless',
    sentence: 'It ends.',
    ...wired,
    check({ wire }) {
      while (wire.includes(0x33));
    },
  },
  {
    name: 'unsettled',
    sentence: 'It settles.',
    ...wired,
    check: ({ wire }) => (wire.includes(0x33) ? new Promise(() => {}) : undefined),
  },
  {
    name: 'late',
    sentence: 'It throws where it is called.',
    ...wired,
    async check({ wire }) {
      if (!wire.includes(0x33)) return
      setTimeout(() => {
        throw new Error('too late')
      })
      await new Promise(() => {})
    },
  },
]

process.exitCode = await run(import.meta.url, properties, 2000)
