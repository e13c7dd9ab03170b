import { Admission } from '../../../dist/server/admission.js'
import { parseOptions } from '../../../dist/server/config/load-config.js'
import { DateField, systemClock } from '../../../dist/server/connection/clock.js'
import { CloseReasonCounter } from '../../../dist/server/connection/close-reason.js'
import { Connection } from '../../../dist/server/connection/connection.js'
import { bodyDataRate, writeDataRate } from '../../../dist/server/connection/data-rate.js'
import { ReaderPool } from '../../../dist/server/connection/request-reader.js'
import { TimerWheel } from '../../../dist/server/connection/timer-wheel.js'
import { BufferPool } from '../../../dist/server/files/buffer-pool.js'
import { DescriptorCount } from '../../../dist/server/files/file-system.js'
import { ResponseLog } from '../../../dist/server/log/response-log.js'
import { HeldBody } from '../../../dist/server/response-cache/cache-entry.js'
import { ResponseCache } from '../../../dist/server/response-cache/response-cache.js'
import { WriteCoalescer } from '../../../dist/server/response-cache/write-coalescer.js'

// Run by connection.response-cache.test.ts, with the code from dist/: sends a million requests to a
// Connection on an in-memory transport, and prints by how much the heap has grown.

const REQUESTS = 1_000_000
const WARM_UP = 200_000
const REQUEST = Buffer.from(
  'GET /index.html HTTP/1.1\r\nHost: a\r\nUser-Agent: u\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\n\r\n',
)

let responses = 0
const transport = {
  remoteAddress: '192.0.2.7',
  queuedBytes: 0,
  flushedBytes: 0,
  write: () => void responses++,
  cork() {},
  uncork() {},
  end() {},
  destroy() {},
  reset() {},
  pause() {},
  resume() {},
}
const config = parseOptions(
  { requestsMax: 2_147_483_647 },
  { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1024 },
)
const responseCache = new ResponseCache(1_000_000, false)
const wheel = new TimerWheel(systemClock)
const connection = new Connection(transport, {
  config,
  clock: systemClock,
  wheel,
  readers: new ReaderPool(config, 8),
  date: new DateField(systemClock),
  admission: new Admission(config, new DescriptorCount(Number.POSITIVE_INFINITY), 4),
  lifecycle: { isDraining: false, isReplaced: false },
  bodyDataRate: bodyDataRate(config),
  writeDataRate: writeDataRate(config),
  responseCache,
  coalescer: new WriteCoalescer(new BufferPool(1024, 1024, 1)),
  responseLog: new ResponseLog(undefined),
  closeReasons: new CloseReasonCounter(),
  dispatcher: {
    prepare() {},
    findShared() {},
    dispatch(exchange) {
      responseCache.put(exchange.head, {
        status: 200,
        fields: [],
        body: new HeldBody(Buffer.alloc(1024)),
        validators: { notModifiedFields: [], etag: '"v"', lastModified: '', hasParts: true },
        variation: { codings: responseCache.negotiation.codingsOf(exchange.head) },
        checkedAtMs: 0,
        lifetimeMs: Number.POSITIVE_INFINITY,
        recheck: () => 0,
      })
      exchange.respond(200, [])
    },
  },
  logError() {},
})

const sendRequests = count => {
  for (let n = 0; n < count; n++) connection.onData(REQUEST, 0, REQUEST.length)
}
sendRequests(WARM_UP)
// The least of three rounds: V8 boxes numbers until it has compiled the code with optimisations.
let growth = Number.POSITIVE_INFINITY
for (let round = 0; round < 3; round++) {
  responses = 0
  const before = process.memoryUsage().heapUsed
  sendRequests(REQUESTS)
  growth = Math.min(growth, process.memoryUsage().heapUsed - before)
}
wheel.stop()
process.stdout.write(JSON.stringify({ responses, bytesPerRequest: growth / REQUESTS }))
