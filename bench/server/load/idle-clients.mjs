// Opens connections, asks once on each, and holds them until its input ends. Usage: idle-clients.mjs PORT PATH COUNT
import { connect } from 'node:net'

const [port, path, count] = process.argv.slice(2)
const UNDER_WAY_MAX = 64
const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
const total = Number(count)
let begun = 0
let answered = 0

function open() {
  if (begun === total) return
  begun += 1
  const socket = connect({ port: Number(port), host: '127.0.0.1' }, () => socket.write(request))
  let isAnswered = false
  socket.on('data', () => {
    // The answer fits into one segment; the loopback interface's are 64 KiB.
    if (isAnswered) return
    isAnswered = true
    answered += 1
    if (answered === total) process.stdout.write('held\n')
    open()
  })
  socket.on('error', error => fail(error.message))
  socket.on('close', () => fail('a connection was closed by the server'))
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}

for (let i = 0; i < UNDER_WAY_MAX; i++) open()
process.stdin.on('end', () => process.exit(0)).resume()
