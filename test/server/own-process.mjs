// Run by serve.test.ts and workers.test.ts, built: a program that uses the library. Its options are the first argument, as
// JSON; what it is told to do and what has come of it go over the IPC channel.
import cluster from 'node:cluster'
import { serve } from '../../dist/index.js'

const handlers = {
  '/pid': (_request, reply) => reply.send(String(process.pid)),
  '/slow': async (_request, reply) => {
    await new Promise(resolve => setTimeout(resolve, 300))
    await reply.send('slow')
  },
  '/never': () => {},
  '/exit': () => process.exit(7),
}

try {
  const server = await serve({ ...JSON.parse(process.argv[2]), handlers })
  if (cluster.isPrimary) {
    process.send({ urls: server.urls, readStrategy: server.readStrategy, isPrimary: true })
    process.on('message', async how => {
      const result = await server[how]()
      process.send({ [how]: result ?? null })
      // All that is left is the channel. If the server leaves anything open, the process does not end.
      process.disconnect()
    })
  }
} catch (error) {
  if (cluster.isPrimary) {
    process.send({ error: { name: error.name, message: error.message, code: error.code } })
    process.disconnect()
  }
}
