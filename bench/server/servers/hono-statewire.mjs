// An application made with Hono, on statewire. Usage: hono-statewire.mjs ROOT PORT
import { serve } from '../../../dist/index.js'
import { app } from './hono-app.mjs'

const [root, port] = process.argv.slice(2)
await serve({
  root,
  port: Number(port),
  fetch: app.fetch,
  fetchFirst: true,
  logLevel: 'error',
  requestsMax: 1_000_000_000,
})
