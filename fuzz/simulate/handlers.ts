import type { Handlers } from '#src/server/handler/handlers.js'
import { systemError } from './sim-file-system.ts'

const CHUNK = 'a line of chunk, repeat\n'.repeat(100)
const CHUNKS = 6

/** What `/stream` answers. */
export const STREAMED: string = CHUNK.repeat(CHUNKS)

/** Handlers as a user of the library may write them: one streams, one counts what it is sent, one throws. */
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
      for await (const chunk of request.content) {
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
