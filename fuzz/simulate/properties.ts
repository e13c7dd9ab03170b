/** What must hold in every world. */
export const PROPERTIES = {
  answers:
    'Each request is answered once, in order, by a well-formed answer with a status that fits it.',
  bytes:
    'What is sent of a file is of one version of it that was there: body, length, entity-tag, date and coding.',
  closing:
    'A connection ends only for a reason, after the answer that says so, and nothing is written behind its end.',
  lent: 'Bytes that a wire was given do not change before it has taken them.',
  memory: 'What is parked, queued and kept stays under its bound; what is pooled is given back.',
  descriptors: 'Each descriptor is closed once, and none is used after it.',
  deadlines: 'Every deadline fires within a tick, and none early.',
  progress: 'What is owed is always under way: nobody waits for nothing.',
  quiet:
    'When all have left, nothing is left: no connection, no timer, no work, no temporary file.',
  drain: 'Draining closes what is idle, answers what is in flight, and ends.',
  throws: 'No mistake of the server comes up: nothing is thrown that the world did not put in.',
} as const

export type PropertyName = keyof typeof PROPERTIES

/** The first property that was broken in a world. */
export type Violation = {
  readonly property: PropertyName
  readonly sentence: string
  readonly atUs: number
  readonly who: string
}
