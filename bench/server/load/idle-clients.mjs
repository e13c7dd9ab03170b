// Opens connections, sends one request on each, and keeps them open until stdin ends.
// Usage: idle-clients.mjs PORT PATH COUNT
import { connect } from 'node:net'

const [port, path, count] = process.argv.slice(2)
const PENDING_MAX = 64
const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
const total = Number(count)
let opened = 0
let idle = 0

function open() {
  if (opened === total) return
  opened += 1
  const socket = connect({ port: Number(port), host: '127.0.0.1' }, () => socket.write(request))
  let isIdle = false
  socket.on('data', () => {
    // The response fits into one segment: those of the loopback interface have up to 64 KiB.
    if (isIdle) return
    isIdle = true
    idle += 1
    if (idle === total) process.stdout.write('all open\n')
    open()
  })
  socket.on('error', error => fail(error.message))
  socket.on('close', () => fail('the server closed a connection'))
}

function fail(reason) {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}

for (let i = 0; i < PENDING_MAX; i++) open()
process.stdin.on('end', () => process.exit(0)).resume()
