/** A server that reads in the way that is named, for sockets.ts: `node socket-server.js STRATEGY ROOT`. Says its port. */

import { serve } from '../../src/server/serve.ts'
import { stream } from '../../src/server/transport/stream.ts'
import { streamBytewise } from './strategies/stream-bytewise.ts'
import { unbuffered } from './strategies/unbuffered.ts'

const [name = '', root = ''] = process.argv.slice(2)
const own = { unbuffered, 'stream-bytewise': streamBytewise }[name]
// The server knows the two that are for use, by name; in this process one of the names stands for another.
if (own !== undefined) stream.attach = own.attach

const server = await serve({
  root,
  listeners: ['127.0.0.1:0'],
  readStrategy: name === 'shared-buffer' ? name : 'stream',
  accessLog: 'off',
  logLevel: 'error',
})
if (name === 'shared-buffer' && server.readStrategy !== name)
  throw new Error(`${name} does not work here`)
process.stdout.write(`${new URL(server.urls[0]!).port}\n`)
