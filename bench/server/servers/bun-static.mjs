// Bun's static routes: all files in memory, served without running any JavaScript. Larger files are
// sent from the disk, whole or in one range. Usage: bun bun-static.mjs ROOT PORT
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

const [root, port] = process.argv.slice(2)
const ROUTE_BYTES_MAX = 1024 * 1024
const routes = {}
const large = new Map()
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const file = join(entry.parentPath, entry.name)
  const path = `/${relative(root, file)}`
  const { size, mtime } = statSync(file)
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Last-Modified': mtime.toUTCString(),
  }
  if (size > ROUTE_BYTES_MAX) large.set(path, { content: Bun.file(file), size, headers })
  else routes[path.replace(/\/index\.html$/, '/')] = new Response(readFileSync(file), { headers })
}

function respondWithRange({ content, size, headers }, range) {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  if (from === undefined) return new Response(content, { headers })
  const contentRange = `bytes ${from}-${to}/${size}`
  return new Response(content.slice(Number(from), Number(to) + 1), {
    status: 206,
    headers: { ...headers, 'Content-Range': contentRange },
  })
}

Bun.serve({
  port: Number(port),
  hostname: '127.0.0.1',
  idleTimeout: 120,
  routes,
  fetch: request => {
    const file = large.get(new URL(request.url).pathname)
    return file === undefined
      ? new Response('', { status: 404 })
      : respondWithRange(file, request.headers.get('range'))
  },
})
