import type { Workload } from './workload.ts'

/**
 * Compares static with dynamic dispatch: the same eight small handlers are called from a `switch`,
 * from a table of functions, and as a method of eight classes.
 */

const EVENTS = 4096
const MASK = 0xffff

const first = (sum: number, event: number): number => (sum + event) & MASK
const second = (sum: number, event: number): number => (sum ^ (event << 3)) & MASK
const third = (sum: number, event: number): number => (sum * 3 + event) & MASK
const fourth = (sum: number, event: number): number => (sum - event) & MASK
const fifth = (sum: number, event: number): number => ((sum << 1) | event) & MASK
const sixth = (sum: number, event: number): number => (sum * 5 - event) & MASK
const seventh = (sum: number, event: number): number => ((sum >> 1) ^ event) & MASK
const eighth = (sum: number, event: number): number => (sum + event * 7) & MASK
const HANDLERS = [first, second, third, fourth, fifth, sixth, seventh, eighth]

interface Handler {
  handle(sum: number, event: number): number
}
/** Each is of another class, so that the call is megamorphic, as through an interface. */
const OBJECTS: readonly Handler[] = HANDLERS.map(handler => {
  class Own implements Handler {
    handle(sum: number, event: number): number {
      return handler(sum, event)
    }
  }
  return new Own()
})

function bySwitch(events: readonly number[]): number {
  let sum = 0
  for (const event of events)
    switch (event) {
      case 0:
        sum = first(sum, event)
        break
      case 1:
        sum = second(sum, event)
        break
      case 2:
        sum = third(sum, event)
        break
      case 3:
        sum = fourth(sum, event)
        break
      case 4:
        sum = fifth(sum, event)
        break
      case 5:
        sum = sixth(sum, event)
        break
      case 6:
        sum = seventh(sum, event)
        break
      default:
        sum = eighth(sum, event)
    }
  return sum
}

function byTable(events: readonly number[]): number {
  let sum = 0
  for (const event of events) sum = HANDLERS[event]!(sum, event)
  return sum
}

function byMethod(events: readonly number[]): number {
  let sum = 0
  for (const event of events) sum = OBJECTS[event]!.handle(sum, event)
  return sum
}

/** Each has its own loop: in a shared loop the `switch` would be called through a pointer too. */
export const DISPATCHES: Readonly<Record<string, (events: readonly number[]) => number>> = {
  switch: bySwitch,
  'table of functions': byTable,
  'objects with a method': byMethod,
}

export const ORDERS: Readonly<Record<string, readonly number[]>> = {
  'in random order': Array.from(
    { length: EVENTS },
    (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) % HANDLERS.length,
  ),
  // The events of requests without content on a keep-alive connection.
  'in a repeating order': Array.from({ length: EVENTS }, (_, i) => [0, 3, 4][i % 3]!),
}

export function dispatch(): Workload[] {
  return Object.entries(ORDERS).map(([order, events]) => ({
    name: `dispatch of events ${order}`,
    unit: 'ns/event',
    contenders: Object.entries(DISPATCHES).map(([name, run]) => ({
      name,
      operations: events.length,
      expected: bySwitch(events),
      prepare: () => () => run(events),
    })),
    ratios: Object.keys(DISPATCHES)
      .slice(1)
      .map(name => ({ numerator: name, denominator: 'switch', better: 'more' })),
  }))
}
