// Bun's static routes: all files in memory, served without running any JavaScript.
// Usage: bun bun-static.mjs ROOT PORT
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const [root, port] = process.argv.slice(2)
const routes = {}
for (const name of readdirSync(root)) {
  const { size, mtime } = statSync(join(root, name))
  if (size > 1024 * 1024) continue
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Last-Modified': mtime.toUTCString(),
  }
  routes[`/${name}`] = new Response(readFileSync(join(root, name)), { headers })
}
Bun.serve({
  port: Number(port),
  hostname: '127.0.0.1',
  idleTimeout: 120,
  routes,
  fetch: () => new Response('', { status: 404 }),
})
