// The server of the soak, in a process of its own: it serves the folder of its first argument, and measures itself when it is asked.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { serve } from '../../dist/index.js'

/** What is measured is the time between two looks, this included. */
const RESOLUTION_MS = 10
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
const server = await serve({
  root: process.argv[2],
  port: 0,
  endpoints: ['files'],
  headTimeoutMs: 2000,
  lingerTimeoutMs: 500,
  logLevel: 'warn',
})
delay.enable()

/** What there is now, and the delays of the event loop, in milliseconds, since it was asked last. */
function figures() {
  const [p99Ms, maxMs] = [delay.percentile(99), delay.max].map(ns =>
    Math.max(0, ns / 1e6 - RESOLUTION_MS),
  )
  delay.reset()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heapUsed, external, descriptors: readdirSync('/proc/self/fd').length, p99Ms, maxMs }
}

process.on('message', async what => {
  if (what === 'figures') process.send({ figures: figures() })
  if (what === 'drain') process.exit((await server.drain()) ? 0 : 1)
})
process.send({ url: server.urls[0] })
