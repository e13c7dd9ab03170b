/** A function that the simulation calls at a time. */
export type Event = { readonly atUs: number; readonly order: number; readonly act: () => void }

/** Future events, earliest first; events of one time in the order in which they were added. */
export class EventQueue {
  /** A binary heap. */
  readonly #heap: Event[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  add(atUs: number, act: () => void): void {
    const event = { atUs, order: this.#order++, act }
    const heap = this.#heap
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  /** Removes and returns the earliest event; undefined if there is none. */
  take(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order)
}
