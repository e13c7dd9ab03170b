import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AccessLog, type AccessLogOptions } from '../../../src/server/log/access-log.ts'
import type { SentResponse } from '../../../src/server/log/request-log-entry.ts'
import { eventually } from '../eventually.ts'
import { FakeClock, WALL_START_MS } from '../fake-clock.ts'
import { headWith } from '../heads.ts'

const PIPE_BUF = 4096
const QUEUE_BYTES_MAX = 1024 * 1024

/** Accepts a single write at a time; while `isRead` is false, a write ends only with `read()`. */
class Pipe extends Writable {
  readonly writes: string[] = []
  isRead = true
  #done: ((error?: Error | null) => void) | undefined

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (chunk.length > 0) this.writes.push(chunk.toString())
    if (this.isRead) done()
    else this.#done = done
  }

  read(): void {
    this.isRead = true
    this.#done?.()
    this.#done = undefined
  }
}

function responseTo(target: string, userAgent = '-'): SentResponse {
  const head = headWith({ target, referer: '-', userAgent })
  return {
    remoteAddress: '192.0.2.7',
    wallMs: WALL_START_MS,
    durationMs: 1.25,
    status: 200,
    bytes: 5,
    head,
  }
}

function open(options: Partial<AccessLogOptions> = {}) {
  const clock = new FakeClock()
  const pipe = new Pipe()
  const problems: string[] = []
  const onProblem = (message: string) => problems.push(message)
  const log = new AccessLog({
    form: 'combined',
    stream: pipe,
    shared: false,
    clock,
    onProblem,
    ...options,
  })
  return { clock, pipe, problems, log }
}

const targetsIn = (text: string) => Array.from(text.matchAll(/GET (\S+)/g), match => match[1])

/** Fills the queue and then writes `more` lines. @returns how many lines it wrote in all. */
function overfill(log: AccessLog, more: number): number {
  const line = responseTo(`/${'x'.repeat(8000)}`)
  const fitting = Math.ceil(QUEUE_BYTES_MAX / 8000) + 3
  for (let i = 0; i < fitting + more; i++) log.write(line)
  return fitting + more
}

describe('AccessLog', () => {
  it('buffers lines for 250 ms and writes them at once', () => {
    const { clock, pipe, log } = open()
    log.write(responseTo('/1'))
    log.write(responseTo('/2'))
    clock.advance(249)
    expect(pipe.writes).toEqual([])
    clock.advance(1)
    expect(pipe.writes.map(targetsIn)).toEqual([['/1', '/2']])
    clock.advance(10_000)
    expect(pipe.writes).toHaveLength(1)
  })

  it('buffers at most 16 KiB', () => {
    const { pipe, log } = open()
    for (let i = 0; i < 1000; i++) log.write(responseTo(`/${i}`))
    expect(pipe.writes.length).toBeGreaterThan(2)
    for (const text of pipe.writes) {
      expect(text.length).toBeLessThanOrEqual(16 * 1024)
      expect(text.length).toBeGreaterThan(15 * 1024)
    }
  })

  it.each(['combined', 'json'] as const)(
    'writes whole lines, in order and each once: %s',
    async form => {
      const { pipe, log } = open({ form })
      for (let i = 0; i < 1000; i++) log.write(responseTo(`/${i}`))
      await log.close()
      for (const text of pipe.writes) expect(text.endsWith('\n')).toBe(true)
      const lines = pipe.writes.join('').trimEnd().split('\n')
      expect(lines).toHaveLength(1000)
      for (const [i, line] of lines.entries()) expect(line).toMatch(new RegExp(`/${i}["\\s]`))
    },
  )

  it('writes at most PIPE_BUF bytes at once to a stream shared with other processes', async () => {
    const { pipe, log } = open({ shared: true, form: 'json' })
    for (let i = 0; i < 300; i++) log.write(responseTo(`/${i}`, '\xe9\xff\x80'.repeat(20)))
    await log.close()
    for (const text of pipe.writes) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PIPE_BUF)
  })

  it('writes a line longer than PIPE_BUF in a write of its own', () => {
    const { clock, pipe, log } = open({ shared: true })
    log.write(responseTo('/1'))
    log.write(responseTo(`/${'x'.repeat(8000)}`))
    log.write(responseTo('/2'))
    clock.advance(250)
    expect(pipe.writes.map(text => targetsIn(text).map(target => target!.length))).toEqual([
      [2],
      [8001],
      [2],
    ])
  })

  it('drops lines beyond 1 MiB while the reader stalls, and reports their number once it reads again', async () => {
    const { clock, pipe, problems, log } = open()
    pipe.isRead = false
    const written = overfill(log, 100)
    clock.advance(1000)
    expect(pipe.writableLength).toBeLessThanOrEqual(QUEUE_BYTES_MAX + 16 * 1024)
    expect(problems).toEqual([])
    pipe.read()
    await eventually(() => expect(pipe.writableLength).toBe(0))
    clock.advance(250)
    const kept = pipe.writes.join('').split('\n').length - 1
    expect(kept).toBeGreaterThan(100)
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`^${written - kept} access log lines were dropped`)),
    ])
    log.write(responseTo('/after'))
    clock.advance(250)
    expect(targetsIn(pipe.writes.at(-1)!)).toEqual(['/after'])
    expect(problems).toHaveLength(1)
  })

  it('flushes in close(), and waits for a slow reader', async () => {
    const { clock, pipe, log } = open()
    pipe.isRead = false
    log.write(responseTo('/1'))
    clock.advance(250)
    log.write(responseTo('/2'))
    let closed = false
    const closing = log.close().then(() => {
      closed = true
    })
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(closed).toBe(false)
    pipe.read()
    await closing
    expect(targetsIn(pipe.writes.join(''))).toEqual(['/1', '/2'])
    expect(clock.timers).toBe(0)
  })

  it('closes after a second although the reader has stalled, and reports what was lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { pipe, problems, log } = open()
    pipe.isRead = false
    overfill(log, 10)
    let closed = false
    const closing = log.close().then(() => {
      closed = true
    })
    await vi.advanceTimersByTimeAsync(900)
    expect(closed).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    await closing
    expect(problems.join('\n')).toMatch(/lines were dropped/)
    expect(problems.join('\n')).toMatch(/were lost/)
    // The queued writes fail when the reader goes away, which must not end the process.
    expect(() => pipe.emit('error', new Error('write EPIPE'))).not.toThrow()
  })

  it('reports once that the stream has failed, and writes no more', async () => {
    const { clock, pipe, problems, log } = open()
    pipe.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    await eventually(() => expect(problems).toHaveLength(1))
    expect(problems[0]).toContain('EPIPE')
    for (let i = 0; i < 1000; i++) log.write(responseTo(`/${i}`))
    clock.advance(1000)
    await log.close()
    expect([pipe.writes, problems.length]).toEqual([[], 1])
  })

  it('writes nothing if there was no response', async () => {
    const { clock, pipe, log } = open()
    clock.advance(1000)
    await log.close()
    expect(pipe.writes).toEqual([])
  })
})
