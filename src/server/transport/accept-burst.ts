/** A transport that can be kept from reading. */
interface Held {
  /** Reads again, unless it is paused or closed. */
  release(): void
}

/**
 * For how long accepting connections comes first. Afterwards each held connection is read once
 * before the next burst.
 */
const BURST_MS_MAX = 10

/**
 * Lets a server accept many connections fast. libuv accepts one per turn of the event loop, however
 * much else the turn has to do: of 2000 clients that connect at once, some would wait for seconds
 * until the others had been served hundreds of times. So while connections keep coming, those that
 * are accepted are not read yet, and those that are read are not read again: turns are short, until
 * one accepts nothing or the time is over.
 */
export class AcceptBurst {
  isOn = false
  #held: Held[] = []
  #startMs = 0
  #hasAccepted = false
  readonly #onTurn = (): void => this.#endTurn()

  /** A connection was accepted in this turn. */
  begin(): void {
    this.#hasAccepted = true
    if (this.isOn) return
    this.isOn = true
    this.#startMs = performance.now()
    setImmediate(this.#onTurn)
  }

  /** Keeps a transport, which has stopped to read, until the burst is over. */
  hold(transport: Held): void {
    this.#held.push(transport)
  }

  #endTurn(): void {
    if (this.#hasAccepted && performance.now() - this.#startMs < BURST_MS_MAX) {
      this.#hasAccepted = false
      setImmediate(this.#onTurn)
      return
    }
    this.isOn = false
    this.#hasAccepted = false
    const held = this.#held
    this.#held = []
    for (const transport of held) transport.release()
  }
}
