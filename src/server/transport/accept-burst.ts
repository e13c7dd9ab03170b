/** A transport that can be kept from reading. */
interface Held {
  /** Reads again, unless it is paused or closed. */
  release(): void
}

/**
 * How many connections are accepted before those that wait are read: about 10 ms. Afterwards each
 * is read once before the next burst.
 */
const ACCEPTED_MAX = 1024

/**
 * Lets a server accept many connections fast. libuv accepts one per turn of the event loop, however
 * much else the turn has to do: of 2000 clients that connect at once, some would wait for seconds
 * until the others had been served hundreds of times. So while connections keep coming, those that
 * are accepted are not read yet, and those that are read are not read again: turns are short, until
 * one accepts nothing.
 */
export class AcceptBurst {
  isOn = false
  #held: Held[] = []
  #accepted = 0
  /** What `#accepted` was when the last turn ended. */
  #acceptedBefore = 0
  readonly #onTurn = (): void => this.#endTurn()

  /** A connection was accepted in this turn. */
  begin(): void {
    this.#accepted++
    if (this.isOn) return
    this.isOn = true
    setImmediate(this.#onTurn)
  }

  /** Keeps a transport, which has stopped to read, until the burst is over. */
  hold(transport: Held): void {
    this.#held.push(transport)
  }

  #endTurn(): void {
    if (this.#accepted > this.#acceptedBefore && this.#accepted < ACCEPTED_MAX) {
      this.#acceptedBefore = this.#accepted
      setImmediate(this.#onTurn)
      return
    }
    this.isOn = false
    this.#accepted = 0
    this.#acceptedBefore = 0
    const held = this.#held
    this.#held = []
    for (const transport of held) transport.release()
  }
}
