import { describe, expect, it } from 'vitest'
import { AccessLog, type AccessLogOptions } from '../../../src/server/log/access-log.ts'
import type { LineOutput, OutputObserver } from '../../../src/server/log/line-output.ts'
import type { SentResponse } from '../../../src/server/log/request-log-entry.ts'
import { FakeClock, WALL_START_MS } from '../fake-clock.ts'
import { headWith } from '../heads.ts'

const PIPE_BUF = 4096

/** An output that records its writes; while `isRead` is false, they stay in its queue. */
class FakeOutput implements LineOutput {
  observer: OutputObserver = {}
  readonly writes: string[] = []
  isRead = true
  queuedBytes = 0
  #drained: (() => void)[] = []

  write(lines: Uint8Array): void {
    this.writes.push(Buffer.from(lines).toString())
    if (!this.isRead) this.queuedBytes += lines.length
  }

  /** Drains late only if the reader has stalled. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.isRead) return
    await new Promise<void>(resolve => {
      this.#drained.push(resolve)
      setTimeout(resolve, timeoutMs)
    })
  }

  read(): void {
    this.isRead = true
    this.queuedBytes = 0
    for (const resolve of this.#drained) resolve()
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
    bytesIn: 30,
    bytesOut: 90,
    refusal: undefined,
    closeReason: undefined,
    head,
  }
}

function open(options: Partial<AccessLogOptions> = {}) {
  const clock = new FakeClock()
  const pipe = new FakeOutput()
  const problems: string[] = []
  const onProblem = (message: string) => problems.push(message)
  const log = new AccessLog({
    form: 'combined',
    output: pipe,
    shared: false,
    clock,
    onProblem,
    ...options,
  })
  return { clock, pipe, problems, log }
}

const targetsIn = (text: string) => Array.from(text.matchAll(/GET (\S+)/g), match => match[1])

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

  it('reports that lines are dropped, and how many were once they are written again', () => {
    const { pipe, problems } = open()
    pipe.observer.onFailure?.('ENOSPC: no space left on device, write')
    pipe.observer.onRecovery?.(7, 'its reader was too slow')
    expect(problems).toEqual([
      'access log lines are dropped: ENOSPC: no space left on device, write',
      '7 access log lines were dropped: its reader was too slow',
    ])
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

  it('closes after a second although the reader has stalled, and reports what is left', async () => {
    const { pipe, problems, log } = open()
    pipe.isRead = false
    log.write(responseTo('/1'))
    const started = performance.now()
    await log.close()
    expect(performance.now() - started).toBeGreaterThan(900)
    expect(problems).toEqual([
      `${pipe.queuedBytes} bytes of the access log are not written: the reader of stdout has stalled`,
    ])
  })

  it('writes nothing if there was no response', async () => {
    const { clock, pipe, log } = open()
    clock.advance(1000)
    await log.close()
    expect(pipe.writes).toEqual([])
  })
})
