import { describe, expect, it } from 'vitest'
import { stream } from '../../../src/server/transport/stream.ts'
import { eventually } from '../eventually.ts'
import { describeReadStrategy, listen } from './behaviour.ts'

describeReadStrategy('stream', () => stream)

describe('stream', () => {
  it('has the name stream', () => {
    expect(stream.name).toBe('stream')
  })

  it('delivers bytes that later reads do not overwrite', async () => {
    const { open } = await listen(stream)
    const [first, second] = [await open(), await open()]
    const kept: Uint8Array[] = []
    const onData = first.recorder.onData.bind(first.recorder)
    first.recorder.onData = (bytes, from, to) => {
      kept.push(bytes.subarray(from, to))
      onData(bytes, from, to)
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
