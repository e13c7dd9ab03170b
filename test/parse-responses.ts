import type { ReceivedResponse } from '../fuzz/received-response.ts'
import { readResponses } from '../fuzz/response-reader.ts'

/**
 * Parses everything that a server sent, in Latin-1: the responses to requests with these methods,
 * and interim responses. Further responses are parsed as responses to GET.
 *
 * @throws Error for malformed or incomplete responses
 */
export function parseResponses(text: string, methods: readonly string[] = []): ReceivedResponse[] {
  const { responses, error, leftOver } = readResponses(Buffer.from(text, 'latin1'), methods)
  const isComplete = responses.at(-1)?.isComplete !== false && leftOver.length === 0
  if (error !== undefined || !isComplete)
    throw new Error(`${error?.reason ?? 'an incomplete response'}: ${JSON.stringify(text)}`)
  return [...responses]
}

/** Parses the only response that a server sent. */
export function parseResponse(text: string, method = 'GET'): ReceivedResponse {
  const [response, ...more] = parseResponses(text, [method])
  if (response === undefined || more.length > 0)
    throw new Error(`not one response: ${JSON.stringify(text)}`)
  return response
}
