import { describe, expect, it } from 'vitest'
import { slab } from '../../../src/server/transport/stream.ts'
import { eventually } from '../eventually.ts'
import { describeReadStrategy, listen } from './behaviour.ts'

describeReadStrategy('slab', () => slab)

describe('slab', () => {
  it('has its name', () => {
    expect(slab.name).toBe('slab')
  })

  it('brings bytes that nobody else has: they stay as they are', async () => {
    const { open } = await listen(slab)
    const [first, second] = [await open(), await open()]
    const kept: Uint8Array[] = []
    const receive = first.recorder.received.bind(first.recorder)
    first.recorder.received = (bytes, from, to) => {
      kept.push(bytes.subarray(from, to))
      receive(bytes, from, to)
    }
    first.client.write('mine')
    await eventually(() => expect(first.recorder.text).toBe('mine'))
    second.client.write('theirs')
    first.client.write('more')
    await eventually(() => expect(first.recorder.text + second.recorder.text).toBe('minemoretheirs'))
    expect(Buffer.concat(kept).toString()).toBe('minemore')
  })
})
