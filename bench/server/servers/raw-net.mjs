// Writes a fixed response for every read: shows what sockets cost in Node without HTTP.
// Usage: raw-net.mjs ROOT PORT
import { createServer } from 'node:net'

const response = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n${'x'.repeat(1024)}`)
const server = createServer({ noDelay: true }, socket => {
  socket.on('data', () => socket.write(response))
  socket.on('error', () => {})
})
server.listen(Number(process.argv[3]), '127.0.0.1', 4096)
