import { clearLine, cursorTo } from 'node:readline'

const TERMINAL_MS = 200
const PLAIN_MS = 5000

/** Shows progress: a line that is updated in place on a terminal, else a new line every 5 s. */
export class Screen {
  readonly #out: NodeJS.WriteStream
  #timer: NodeJS.Timeout | undefined

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** Calls `line` at intervals and shows what it returns, until `endLive()`. */
  startLive(line: () => string): void {
    const show = (): void => {
      if (this.#out.isTTY) {
        this.#clear()
        this.#out.write(line().slice(0, this.#out.columns - 1))
      } else this.print(line())
    }
    this.#timer = setInterval(show, this.#out.isTTY ? TERMINAL_MS : PLAIN_MS)
  }

  endLive(): void {
    clearInterval(this.#timer)
    this.#clear()
  }

  print(text: string): void {
    this.#clear()
    this.#out.write(`${text}\n`)
  }

  #clear(): void {
    if (!this.#out.isTTY) return
    cursorTo(this.#out, 0)
    clearLine(this.#out, 0)
  }
}
