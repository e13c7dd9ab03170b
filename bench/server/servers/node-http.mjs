// node:http with all files in memory and only the logic that the workloads need.
// Usage: node-http.mjs ROOT PORT
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'

const [root, port] = process.argv.slice(2)
const files = new Map()
for (const name of readdirSync(root)) {
  const { size, mtime } = statSync(join(root, name))
  if (size > 1024 * 1024) continue
  const body = readFileSync(join(root, name))
  const type = name.endsWith('.json') ? 'application/json' : 'application/octet-stream'
  const shared = { ETag: `"${size}-${mtime.getTime()}"`, 'Last-Modified': mtime.toUTCString() }
  const full = { ...shared, 'Content-Type': type, 'Content-Length': size }
  const coded = name.endsWith('.json') ? brotliCompressSync(body) : undefined
  const brotli = coded && {
    ...full,
    'Content-Encoding': 'br',
    'Content-Length': coded.length,
    Vary: 'Accept-Encoding',
  }
  files.set(`/${name}`, { body, coded, shared, full, brotli })
}

const server = createServer((request, response) => {
  const file = files.get(request.url)
  if (file === undefined) {
    response.writeHead(404).end()
  } else if (request.headers['if-none-match'] === file.shared.ETag) {
    response.writeHead(304, file.shared).end()
  } else if (file.coded !== undefined && request.headers['accept-encoding'] === 'br') {
    response.writeHead(200, file.brotli).end(file.coded)
  } else {
    response.writeHead(200, file.full).end(file.body)
  }
})
server.keepAliveTimeout = 75_000
server.listen(Number(port), '127.0.0.1')
