// The same application on @hono/node-server. Usage: hono-node-server.mjs ROOT PORT
import { serve } from '@hono/node-server'
import { app } from './hono-app.mjs'

// The benchmark waits until a file is served.
app.get('*', context => context.text('ready'))

const [, port] = process.argv.slice(2)
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) })
