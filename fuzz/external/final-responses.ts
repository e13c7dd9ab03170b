import type { ReceivedResponse } from '../received-response.ts'
import { readResponses } from '../response-reader.ts'

export type FinalResponses = {
  /** The last one may be incomplete. */
  readonly responses: readonly ReceivedResponse[]
  /** The bytes after the last response that are neither a response nor those of a tunnel. */
  readonly rest: Buffer
}

/** Reads the responses to requests with these methods leniently, without interim ones. */
export function readFinalResponses(
  received: Buffer,
  methods: readonly string[],
  isClosed: boolean,
): FinalResponses {
  const options = { isLenient: true }
  const { responses, leftOver } = readResponses(received, methods, isClosed, options)
  return {
    responses: responses.filter(({ isInterim }) => !isInterim),
    rest: responses.at(-1)?.opensTunnel === true ? Buffer.alloc(0) : leftOver,
  }
}
