import type { WriteStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { duration, LiveProgress } from '../../bench/report/progress.ts'

function progressOn(isTTY: boolean): {
  progress: LiveProgress
  wait: (seconds: number) => void
  text: () => string
} {
  let written = ''
  let nowMs = 5000
  const write = (part: string): boolean => {
    written += part
    return true
  }
  const stream = { isTTY, columns: 60, write } as Partial<WriteStream> as WriteStream
  return {
    progress: new LiveProgress(stream, () => nowMs),
    wait: seconds => {
      nowMs += seconds * 1000
    },
    text: () => written,
  }
}

describe('LiveProgress', () => {
  it('prints a line for each round if there is no terminal', () => {
    const { progress, wait, text } = progressOn(false)
    progress.plan(4, 40)
    progress.step('1 KiB, round 1 of 2: a', 10)
    wait(10)
    progress.step('1 KiB, round 1 of 2: b', 10)
    wait(10)
    progress.step('1 KiB, round 2 of 2: b', 10)
    progress.say('a is faster')
    progress.end()
    expect(text()).toBe(
      '1 KiB, round 1 of 2 (4 steps, 40 s left)\n1 KiB, round 2 of 2 (2 steps, 20 s left)\na is faster\n',
    )
  })

  it('scales the time left by how long the finished steps took', () => {
    const { progress, wait, text } = progressOn(false)
    progress.plan(3, 30)
    progress.step('round 1: a', 10)
    wait(20)
    progress.step('round 2: a', 10)
    expect(text()).toContain('round 2 (2 steps, 40 s left)\n')
    progress.end()
  })

  it('redraws one line on a terminal, which fits its width', () => {
    const { progress, text } = progressOn(true)
    progress.plan(1, 90)
    progress.step(`${'long '.repeat(30)}: a`, 90)
    progress.say('a result')
    progress.end()
    const drawn = text().split('\r\x1b[2K')
    expect(drawn[1]).toMatch(/ · 1 step, 1 min 30 s left$/)
    expect(drawn.every(line => line.length < 60)).toBe(true)
    expect(drawn[2]).toBe('a result\n'.concat(''))
    expect(drawn.at(-1)).toBe('')
  })

  it('writes durations in minutes and seconds', () => {
    expect([0, 59.4, 60, 125, 3600].map(duration)).toEqual([
      '0 s',
      '59 s',
      '1 min 00 s',
      '2 min 05 s',
      '60 min 00 s',
    ])
  })
})
