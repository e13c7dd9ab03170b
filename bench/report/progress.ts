import type { WriteStream } from 'node:tty'
import type { Progress } from './result.ts'

/**
 * One live line on a terminal; elsewhere a plain line for each round, so that a log stays short. Time left is what was planned for the
 * steps to come, stretched as those gone by were.
 */
export class LiveProgress implements Progress {
  readonly #stream: WriteStream
  readonly #nowMs: () => number
  #begunMs = 0
  #steps = 0
  #stepsBegun = 0
  #plannedSeconds = 0
  /** Planned for the steps that are done, and for the one that runs. */
  #doneSeconds = 0
  #runningSeconds = 0
  #plainLine = ''
  #timer: NodeJS.Timeout | undefined
  #what = ''

  constructor(stream: WriteStream = process.stderr, nowMs: () => number = () => performance.now()) {
    this.#stream = stream
    this.#nowMs = nowMs
  }

  plan(steps: number, seconds: number): void {
    if (this.#steps === 0) this.#begunMs = this.#nowMs()
    this.#steps += steps
    this.#plannedSeconds += seconds
  }

  step(what: string, seconds: number): void {
    this.#doneSeconds += this.#runningSeconds
    this.#runningSeconds = seconds
    this.#stepsBegun += 1
    this.#what = what
    if (this.#stream.isTTY) {
      this.#timer ??= setInterval(() => this.#draw(), 1000).unref()
      this.#draw()
      return
    }
    // `1 KiB file, round 2 of 5: nginx`: rounds are told, contenders are not.
    const line = what.replace(/:.*/s, '')
    if (line !== this.#plainLine) this.#stream.write(`${line} (${this.#left()})\n`)
    this.#plainLine = line
  }

  say(line: string): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K')
    this.#stream.write(`${line}\n`)
    if (this.#timer !== undefined) this.#draw()
  }

  /** Takes the live line away. */
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
    const steps = Math.max(0, this.#steps - this.#stepsBegun + 1)
    const passed = (this.#nowMs() - this.#begunMs) / 1000
    const stretch = this.#doneSeconds > 0 ? passed / this.#doneSeconds : 1
    const seconds = Math.max(0, this.#plannedSeconds * stretch - passed)
    return `${steps} ${steps === 1 ? 'step' : 'steps'}, ${duration(seconds)} left`
  }
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  return `${Math.floor(whole / 60)} min ${`${whole % 60}`.padStart(2, '0')} s`
}
