import { describe, expect, it } from 'vitest'
import { sharedBuffer } from '../../../src/server/transport/shared-buffer.ts'
import { eventually } from '../eventually.ts'
import { describeReadStrategy, listen } from './behaviour.ts'

describeReadStrategy('shared-buffer', () => sharedBuffer())

describe('shared-buffer', () => {
  it('has the name shared-buffer', () => {
    expect(sharedBuffer().name).toBe('shared-buffer')
  })

  it('reads all connections into one buffer of 64 KiB', async () => {
    const { open } = await listen(sharedBuffer())
    const [first, second] = [await open(), await open()]
    for (const { client } of [first, second]) client.end(new Uint8Array(1024 * 1024))
    for (const { recorder } of [first, second]) {
      recorder.keepsText = false
      await eventually(() => expect(recorder.bytes).toBe(1024 * 1024))
      expect(Math.max(...recorder.sizes)).toBeLessThanOrEqual(64 * 1024)
    }
    const buffers = new Set([...first.recorder.buffers, ...second.recorder.buffers])
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([64 * 1024])
  })

  it('reads no more at once than its buffer holds', async () => {
    const { open } = await listen(sharedBuffer(1))
    const { client, recorder } = await open()
    client.end('byte by byte')
    await eventually(() => expect(recorder.events).toEqual(['end']))
    expect([recorder.text, recorder.sizes.length]).toEqual(['byte by byte', 12])
  })

  it('has a buffer of its own for each strategy', async () => {
    const [one, two] = [await listen(sharedBuffer()), await listen(sharedBuffer())]
    const [first, second] = [await one.open(), await two.open()]
    first.client.write('x')
    second.client.write('x')
    await eventually(() => expect(first.recorder.text + second.recorder.text).toBe('xx'))
    expect([...first.recorder.buffers][0]).not.toBe([...second.recorder.buffers][0])
  })
})
