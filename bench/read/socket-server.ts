/**
 * Serves a folder with a read strategy, and prints the port. For sockets.ts:
 * `node socket-server.js STRATEGY ROOT`.
 */
import { serve } from '../../src/server/serve.ts'
import { stream } from '../../src/server/transport/stream.ts'
import { streamBytewise } from './strategies/stream-bytewise.ts'
import { unbuffered } from './strategies/unbuffered.ts'

const [name = '', root = ''] = process.argv.slice(2)
const ofBenchmark = { unbuffered, 'stream-bytewise': streamBytewise }[name]
// The server knows only its own strategies; in this process, "stream" stands for the wanted one.
if (ofBenchmark !== undefined) stream.accept = ofBenchmark.accept

const server = await serve({
  root,
  listeners: ['127.0.0.1:0'],
  readStrategy: name === 'raw' || name === 'shared-buffer' ? name : 'stream',
  accessLog: 'off',
  logLevel: 'error',
})
if ((name === 'raw' || name === 'shared-buffer') && server.readStrategy !== name)
  throw new Error(`${name} does not work here`)
process.stdout.write(`${new URL(server.urls[0]!).port}\n`)
