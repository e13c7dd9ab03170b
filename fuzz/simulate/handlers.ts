import type { Handlers } from '#src/server/handler/handlers.js'
import { systemError } from './system-error.ts'

const CHUNK = 'a line of chunk, repeat\n'.repeat(100)
const CHUNKS = 6

/** The body of the response to `/stream`. */
export const STREAMED: string = CHUNK.repeat(CHUNKS)

/** Handlers as a library user may write them: one streams, one counts the body, one throws. */
export function handlersOf(pause: () => Promise<void>): Handlers {
  async function* stream(): AsyncGenerator<string> {
    for (let count = 0; count < CHUNKS; count++) {
      await pause()
      yield CHUNK
    }
  }
  return {
    '/stream': (_, reply) => reply.send(stream()),
    '/text': async (request, reply) => {
      let bytes = 0
      for await (const chunk of request.body) {
        bytes += chunk.length
        await pause()
      }
      await reply.send(String(bytes))
    },
    '/boom': async () => {
      await pause()
      throw systemError('BOOM', true)
    },
  }
}
