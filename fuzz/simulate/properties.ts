/** The properties that must hold in every simulation. */
export const PROPERTIES = {
  responses:
    'The server sends one well-formed response to each request, in order, with a status that fits.',
  'file-content':
    'The body, length, entity-tag, date and coding of a response are those of one version of the file.',
  closing:
    'The server closes a connection only for a reason, after a response that says so, and writes nothing after it.',
  'borrowed-bytes': 'Bytes passed to a transport do not change until it has flushed them.',
  memory:
    'Buffered input, queued output and caches stay below their limits; pooled buffers are returned.',
  descriptors: 'Each descriptor is closed once and not used afterwards.',
  deadlines: 'Every deadline fires within one tick of its time, and none early.',
  progress: 'While a response is pending, the server is working on it or waiting for the client.',
  cleanup:
    'After the last client has left, no connection, timer, operation or temporary file remains.',
  drain: 'Draining closes idle connections, completes responses in progress, and ends.',
  exceptions: 'The server throws nothing except errors that the simulation injected.',
} as const

export type PropertyName = keyof typeof PROPERTIES

/** A property that does not hold, and the evidence. */
export type Finding = readonly [property: PropertyName, message: string]

/** The first property that did not hold in a simulation. */
export type Violation = {
  readonly property: PropertyName
  readonly message: string
  /** The id of a client, or `server` or `files`. */
  readonly actor: string
}
