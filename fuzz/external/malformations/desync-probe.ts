import type { Attempt } from '../attempt.ts'
import { parseRequests } from '../parsed-requests.ts'
import { lastRequest, latin1, request } from '../request-text.ts'
import type { Site } from '../target-site.ts'
import { CODES } from './codes.ts'
import type { Malformation } from './malformation.ts'

/** The three requests of a desync probe. Their targets have different responses. */
export type DesyncProbe = {
  readonly host: string
  /** The target of the first request, whose framing is tested. */
  readonly target: string
  /**
   * A request that is the content of the first one. A server that responds to it is desynchronised.
   */
  readonly smuggled: string
  /** The last request, which must get its own response. */
  readonly canary: string
  readonly canaryTarget: string
}

/** Returns undefined if the server has fewer than two different responses. */
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

/**
 * Returns an attempt with a malformed message and the canary.
 *
 * @throws Error if statewire's parser does not refuse the message
 */
export function malformed(
  desync: DesyncProbe,
  message: string,
  malformation: Omit<Malformation, 'code' | 'canary'>,
): Attempt {
  const bytes = latin1(message + desync.canary)
  const { refusal, requests } = parseRequests(bytes)
  if (refusal === undefined || requests.length > 0)
    throw new Error(`${malformation.name} is not refused`)
  return {
    bytes,
    malformation: { ...malformation, code: refusal, canary: desync.canaryTarget },
    isMinimal: true,
  }
}

/** Returns an attempt with a well-formed message and the canary. */
export function wellFormed(desync: DesyncProbe, message: string, label: string): Attempt {
  return { bytes: latin1(message + desync.canary), label, keep: [desync.canary] }
}

/**
 * Returns an attempt with any message and the canary. If statewire's parser refuses the message,
 * the malformation is named after the error code.
 */
export function anyMessage(
  { canary, canaryTarget }: DesyncProbe,
  message: string,
  label: string,
): Attempt {
  const bytes = latin1(message + canary)
  const attempt = { bytes, label, keep: [canary] }
  const { refusal, requests } = parseRequests(bytes)
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

/** Returns a request with these field lines and content. */
export function post(
  { target, host }: DesyncProbe,
  fields: string,
  content: string,
  method = 'POST',
): string {
  return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n\r\n${content}`
}

/** Returns content as one chunk and the last chunk. */
export function chunked(content: string): string {
  return `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`
}
