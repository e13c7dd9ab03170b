import { setImmediate } from 'node:timers/promises'
import type { FieldLine, StatusCode } from '../../response/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import { Deadline, type TimerWheel } from '../connection/timer-wheel.ts'
import type { BodySource } from './body-source.ts'

/** An iterable that never pauses must still let other connections run. */
const PARTS_PER_TURN = 16

/**
 * How long a head waits for the first part of its body. Until then an error becomes a 500; and a
 * client of a silent stream must learn that its response has begun.
 */
const HEAD_WAIT_MS = 200

const encoder = new TextEncoder()

/** The head of a response. `length` is that of its body in bytes, undefined if it is not known. */
export type StreamHead = {
  readonly status: StatusCode
  readonly fields: readonly FieldLine[]
  readonly length: number | undefined
}

/**
 * Responds with a streamed body, at the client's pace. Whatever happens, the source is read to its
 * end or closed; at once if nobody wants it, or its client leaves.
 */
export async function sendSource(
  exchange: Exchange,
  { status, fields, length }: StreamHead,
  source: BodySource,
  wheel: TimerWheel,
): Promise<void> {
  const headDeadline = new HeadDeadline(exchange)
  try {
    exchange.onAbort(() => source.close())
    exchange.begin(status, fields, length)
    if (exchange.wantsBody) wheel.set(headDeadline, HEAD_WAIT_MS)
    let sent = 0
    for (let count = 1; exchange.wantsBody; count++) {
      const part = await source.next()
      wheel.clear(headDeadline)
      if (part === undefined) break
      const bytes = typeof part === 'string' ? encoder.encode(part) : part
      sent += bytes.length
      if (length !== undefined && sent > length) throw lengthError('more', length)
      await new Promise<void>(written => exchange.write(bytes, written))
      if (count % PARTS_PER_TURN === 0) await setImmediate()
    }
    if (length !== undefined && sent < length && exchange.wantsBody)
      throw lengthError('fewer', length)
  } finally {
    wheel.clear(headDeadline)
    source.close()
  }
  exchange.end()
}

function lengthError(comparison: string, length: number): Error {
  return new Error(`the body has ${comparison} bytes than its length, ${length}`)
}

class HeadDeadline extends Deadline {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    super()
    this.#exchange = exchange
  }

  override expired(): void {
    this.#exchange.flushHead()
  }
}
