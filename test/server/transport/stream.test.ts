import { describe, expect, it } from 'vitest'
import { stream } from '../../../src/server/transport/stream.ts'
import { eventually } from '../eventually.ts'
import { describeReadStrategy, listen } from './behaviour.ts'

describeReadStrategy('stream', () => stream)

describe('stream', () => {
  it('has its name', () => {
    expect(stream.name).toBe('stream')
  })

  it('brings bytes that nobody else has: they stay as they are', async () => {
    const { open } = await listen(stream)
    const [first, second] = [await open(), await open()]
    const kept: Uint8Array[] = []
    const receive = first.recorder.onData.bind(first.recorder)
    first.recorder.onData = (bytes, from, to) => {
      kept.push(bytes.subarray(from, to))
      receive(bytes, from, to)
    }
    first.client.write('mine')
    await eventually(() => expect(first.recorder.text).toBe('mine'))
    second.client.write('theirs')
    first.client.write('more')
    await eventually(() =>
      expect(first.recorder.text + second.recorder.text).toBe('minemoretheirs'),
    )
    expect(Buffer.concat(kept).toString()).toBe('minemore')
  })
})
