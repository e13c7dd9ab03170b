/*
 * Run by choose-read-strategy.test.ts on dist/, because Node 20 does not run TypeScript: a cluster
 * worker that reads with the strategy named by its argument and echoes what it reads. To "count" it
 * responds with the server's number of connections. "stop" closes the server, and then the process
 * ends.
 */
import cluster from 'node:cluster'
import { createServer } from 'node:net'
import { chooseReadStrategy } from '../../../dist/server/transport/choose-read-strategy.js'
import { ACCEPT_OPTIONS } from '../../../dist/server/transport/read-strategy.js'

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', message => process.stdout.write(`${JSON.stringify(message)}\n`))
  worker.on('exit', code => {
    process.exitCode = code ?? 1
  })
} else {
  const { strategy, reason } = await chooseReadStrategy(process.argv[2])
  const server = createServer(ACCEPT_OPTIONS)
  strategy.accept(server, transport => ({
    onData(bytes, from, to) {
      const text = Buffer.from(bytes.subarray(from, to)).toString()
      if (text === 'count')
        server.getConnections((_error, count) => transport.write(Buffer.from(`${count}`)))
      else if (text === 'stop') server.close(() => process.disconnect())
      else transport.write(Buffer.from(`${transport.remoteAddress} ${text}`))
    },
    onEnd: () => transport.end(),
    onDrain() {},
    onClose() {},
  }))
  server.listen(0, '127.0.0.1', () =>
    process.send({
      port: server.address().port,
      strategy: strategy.name,
      reason,
      version: process.version,
    }),
  )
}
