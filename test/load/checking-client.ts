import { connect, type Socket } from 'node:net'
import { type Answer, AnswerReader } from './answer-reader.ts'
import type { Tally } from './tally.ts'

/** A request, and how to tell whether its answer is right. */
export type Check = {
  /** What it is counted as. */
  readonly kind: string
  readonly method: string
  /** All of its bytes. */
  readonly request: string | Buffer
  /** What is wrong with an answer; undefined: nothing. */
  readonly verify: (answer: Answer) => string | undefined
}

const PATIENCE_MS = 20_000

/**
 * A client that keeps its connection as long as the server does, and checks each answer. After an answer that says it is the last it
 * connects anew; a connection that ends before the answer is whole loses the request.
 */
export class CheckingClient {
  readonly #port: number
  readonly #tally: Tally
  #line: Line | undefined

  constructor(port: number, tally: Tally) {
    this.#port = port
    this.#tally = tally
  }

  /** Asks for one thing after the other, all of it sent at once. True: all was as it should be. */
  async ask(...checks: readonly Check[]): Promise<boolean> {
    this.#line ??= new Line(this.#port)
    const line = this.#line
    line.send(checks.map(({ request }) => request))
    for (const [n, check] of checks.entries()) {
      const wasUsed = line.answers > 0
      const outcome = await line.answer(check.method)
      if (!('answer' in outcome)) {
        const when = `${wasUsed ? 'used' : 'fresh'} connection, ${outcome.unread} bytes of the answer`
        this.#tally.lostRequest(`${check.kind}: ${outcome.reason} (${when})`)
        this.close()
        return false
      }
      const { answer } = outcome
      const wrong = check.verify(answer)
      if (wrong === undefined) this.#tally.count(check.kind)
      else this.#tally.wrongAnswer(`${check.kind}: ${wrong}`)
      if (answer.fields.get('connection') === 'close') {
        this.close()
        // What is behind it was not processed (RFC 9112 §9.6), and is asked again.
        return n + 1 < checks.length ? this.ask(...checks.slice(n + 1)) : wrong === undefined
      }
      if (wrong !== undefined) {
        this.close()
        return false
      }
    }
    return true
  }

  close(): void {
    this.#line?.close()
    this.#line = undefined
  }
}

type Outcome = { readonly answer: Answer } | { readonly reason: string; readonly unread: number }

/** One connection. */
class Line {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #reason: string | undefined
  #wake: () => void = () => {}
  /** How many were read on it. */
  answers = 0

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
      .on('data', chunk => {
        this.#reader.push(chunk)
        this.#wake()
      })
      .on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message))
      .on('close', () => this.#end('closed'))
      .setTimeout(PATIENCE_MS, () => {
        this.#end(`nothing came for ${PATIENCE_MS} ms`)
        this.#socket.destroy()
      })
  }

  send(requests: readonly (string | Buffer)[]): void {
    this.#socket.cork()
    for (const request of requests) this.#socket.write(request)
    this.#socket.uncork()
  }

  async answer(method: string): Promise<Outcome> {
    for (;;) {
      let answer: Answer | undefined
      try {
        answer = this.#reader.next(method)
      } catch (error) {
        this.#end((error as Error).message)
      }
      if (answer !== undefined) {
        this.answers++
        return { answer }
      }
      if (this.#reason !== undefined) return { reason: this.#reason, unread: this.#reader.unread }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  #end(reason: string): void {
    this.#reason ??= reason
    this.#wake()
  }
}
