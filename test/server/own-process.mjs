// A program that uses the library from dist/. Run by serve.test.ts and worker-pool.test.ts. Its
// first argument is the options as JSON; commands and results are messages on the IPC channel.
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
    process.on('message', async command => {
      const result = await server[command]()
      process.send({ [command]: result ?? null })
      // The process now exits by itself, unless the server has left something open.
      process.disconnect()
    })
  }
} catch (error) {
  if (cluster.isPrimary) {
    process.send({ error: { name: error.name, message: error.message, code: error.code } })
    process.disconnect()
  }
}
