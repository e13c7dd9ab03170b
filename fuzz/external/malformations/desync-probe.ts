import { type Attempt, lastRequest, latin1, type Malformation, request } from '../attempt.ts'
import { expectedRequests } from '../expected-requests.ts'
import type { Site } from '../target-site.ts'
import { CODES } from './codes.ts'

/** The parts in a probe for desync, each to be known by its answer. */
export type DesyncProbe = {
  readonly host: string
  /** The target of the message in question. */
  readonly target: string
  /** A request that stands where content may stand: no server may answer it where it is content. */
  readonly smuggled: string
  /** The last request, which must have its own answer; where it stands. */
  readonly canary: string
  readonly canaryTarget: string
}

/** Undefined where the server's answers cannot be told apart. */
export function desyncProbe({ distinct, host }: Site): DesyncProbe | undefined {
  const [file, other, third] = distinct
  if (file === undefined || other === undefined) return
  const smuggled = (third ?? other).path
  return {
    host,
    target: other.path,
    smuggled: request('GET', smuggled, host),
    canary: lastRequest('GET', file.path, host),
    canaryTarget: file.path,
  }
}

/** A message to be refused, and the canary. Throws where statewire's own parser does not refuse it as its first message. */
export function malformed(
  play: DesyncProbe,
  message: string,
  flaw: Omit<Malformation, 'code' | 'canary'>,
): Attempt {
  const bytes = latin1(message + play.canary)
  const { refusal, requests } = expectedRequests(bytes)
  if (refusal === undefined || requests.length > 0) throw new Error(`${flaw.name} is not refused`)
  return {
    bytes,
    malformation: { ...flaw, code: refusal, canary: play.canaryTarget },
    isSmallest: true,
  }
}

/** A well-formed message, and the canary. */
export function wellFormed(play: DesyncProbe, message: string, about: string): Attempt {
  return { bytes: latin1(message + play.canary), about, keep: [play.canary] }
}

/** A message of which nothing is known, and the canary; its flaw is what statewire's own parser says. */
export function unknown(
  { canary, canaryTarget }: DesyncProbe,
  message: string,
  about: string,
): Attempt {
  const bytes = latin1(message + canary)
  const attempt = { bytes, about, keep: [canary] }
  const { refusal, requests } = expectedRequests(bytes)
  const traits = refusal && CODES[refusal]
  if (traits === undefined || requests.length > 0) return attempt
  const [severity, rfc] = traits
  return {
    ...attempt,
    malformation: {
      name: refusal!,
      rfc,
      severity,
      code: refusal!,
      canary: canaryTarget,
      isGuess: true,
    },
  }
}

/** A head with content. */
export function post(
  { target, host }: DesyncProbe,
  fields: string,
  content: string,
  method = 'POST',
): string {
  return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n\r\n${content}`
}

/** Content as one chunk and the last. */
export function chunked(content: string): string {
  return `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`
}
