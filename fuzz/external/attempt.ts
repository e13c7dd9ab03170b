import type { ParseErrorCode } from '#src/parser/index.js'
import type { Severity } from './severity.ts'

/** What is sent on one connection. */
export type Attempt = {
  readonly bytes: Buffer
  /** What is odd about it, for the name of a finding. */
  readonly about?: string
  /** The offsets at which the bytes are cut into writes of their own; in one write without. */
  readonly cuts?: readonly number[]
  /** Whether the client then finishes sending. */
  readonly finishes?: boolean
  /** What is wrong with its first request; without, all of it is well-formed, or nothing is known. */
  readonly malformation?: Malformation
  /** What is left of it when it is shrunk. */
  readonly keep?: readonly string[]
  /** It has ended servers, and comes after all others. */
  readonly mayKill?: boolean
  /** It was made as small as it may be. */
  readonly isSmallest?: boolean
}

/** Why a message may not be read, or may be read in two ways. */
export type Malformation = {
  readonly name: string
  readonly rfc: string
  /** Of a server that reads it all the same. */
  readonly severity: Severity
  /** What statewire's own parser says of it; a shrunk attempt must still be refused for that. */
  readonly code: ParseErrorCode
  /** The target of the request that follows, the last on its connection. */
  readonly canary: string
  /** It may be refused and the connection read on: where its message ends is beyond doubt. */
  readonly mayReadOn?: boolean
  /** Its length stands where a server may find none, and take what follows the head for requests. */
  readonly mayLackContent?: boolean
  /** Waiting for more is right. */
  readonly mayWait?: boolean
  /** Nobody has made sure that the next request stands where a server may look for it. */
  readonly isGuess?: boolean
}

export type Field = readonly [name: string, value: string]

/** A request without content. */
export function request(
  method: string,
  target: string,
  host: string,
  fields: readonly Field[] = [],
): string {
  const lines = [['Host', host] as const, ...fields].map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** The last request of a connection, so that the server ends it. */
export function lastRequest(
  method: string,
  target: string,
  host: string,
  fields: readonly Field[] = [],
): string {
  return request(method, target, host, [...fields, ['Connection', 'close']])
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
