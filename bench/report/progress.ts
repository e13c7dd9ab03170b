import type { WriteStream } from 'node:tty'
import type { Progress } from './result.ts'

/**
 * Draws one live line on a terminal. Elsewhere it prints a line per round, which keeps logs short.
 * The time left is the planned time of the remaining steps, scaled by how much longer than planned
 * the finished steps took.
 */
export class LiveProgress implements Progress {
  readonly #stream: WriteStream
  readonly #nowMs: () => number
  #startedMs = 0
  #steps = 0
  #stepsStarted = 0
  #plannedSeconds = 0
  /** The planned time of the finished steps, and of the one that runs. */
  #finishedSeconds = 0
  #runningSeconds = 0
  #plainLine = ''
  #timer: NodeJS.Timeout | undefined
  #what = ''

  constructor(stream: WriteStream = process.stderr, nowMs: () => number = () => performance.now()) {
    this.#stream = stream
    this.#nowMs = nowMs
  }

  plan(steps: number, seconds: number): void {
    if (this.#steps === 0) this.#startedMs = this.#nowMs()
    this.#steps += steps
    this.#plannedSeconds += seconds
  }

  step(what: string, seconds: number): void {
    this.#finishedSeconds += this.#runningSeconds
    this.#runningSeconds = seconds
    this.#stepsStarted += 1
    this.#what = what
    if (this.#stream.isTTY) {
      this.#timer ??= setInterval(() => this.#draw(), 1000).unref()
      this.#draw()
      return
    }
    // Of `1 KiB file, round 2 of 5: nginx` the contender is cut off.
    const line = what.replace(/:.*/s, '')
    if (line !== this.#plainLine) this.#stream.write(`${line} (${this.#left()})\n`)
    this.#plainLine = line
  }

  say(line: string): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K')
    this.#stream.write(`${line}\n`)
    if (this.#timer !== undefined) this.#draw()
  }

  /** Removes the live line. */
  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K')
  }

  #draw(): void {
    const width = Math.max(20, (this.#stream.columns || 80) - 1)
    const left = this.#left()
    const what = this.#what.slice(0, Math.max(0, width - left.length - 3))
    this.#stream.write(`\r\x1b[2K${what} · ${left}`)
  }

  #left(): string {
    const steps = Math.max(0, this.#steps - this.#stepsStarted + 1)
    const elapsed = (this.#nowMs() - this.#startedMs) / 1000
    const scale = this.#finishedSeconds > 0 ? elapsed / this.#finishedSeconds : 1
    const seconds = Math.max(0, this.#plannedSeconds * scale - elapsed)
    return `${steps} ${steps === 1 ? 'step' : 'steps'}, ${duration(seconds)} left`
  }
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  return `${Math.floor(whole / 60)} min ${`${whole % 60}`.padStart(2, '0')} s`
}
