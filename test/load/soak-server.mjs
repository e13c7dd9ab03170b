// The server of the soak test, in a process of its own. It serves the folder in its first argument,
// and measures itself when its parent sends 'measure'.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { serve } from '../../dist/index.js'

/** monitorEventLoopDelay includes the sampling interval in each delay; it is subtracted below. */
const RESOLUTION_MS = 10
/** So small that what is cached reaches its limit while the test warms up; then memory is flat. */
const MEMORY_BYTES_MAX = 16 * 1024 * 1024
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
const server = await serve({
  root: process.argv[2],
  port: 0,
  endpoints: ['files'],
  headTimeoutMs: 2000,
  lingerTimeoutMs: 500,
  logLevel: 'warn',
  memoryBytesMax: MEMORY_BYTES_MAX,
})
delay.enable()

/** Returns memory and descriptors now, and event-loop delays since the last call. */
function measure() {
  const [p99Ms, maxMs] = [delay.percentile(99), delay.max].map(ns =>
    Math.max(0, ns / 1e6 - RESOLUTION_MS),
  )
  delay.reset()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heapUsed, external, descriptors: readdirSync('/proc/self/fd').length, p99Ms, maxMs }
}

process.on('message', async message => {
  if (message === 'measure') process.send({ measurement: measure() })
  if (message === 'drain') process.exit((await server.drain()) ? 0 : 1)
})
process.send({ url: server.urls[0] })
