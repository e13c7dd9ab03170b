// Run by connection.ready.test.ts, built: drives a million requests through Connection on a wire in memory, and prints by how
// much the heap has grown.

import { AddressCounts } from '../../dist/server/address-counts.js'
import { systemClock } from '../../dist/server/clock.js'
import { configFromOptions } from '../../dist/server/config/load-config.js'
import { Connection } from '../../dist/server/connection.js'
import { EndTally } from '../../dist/server/connection-end.js'
import { DateField } from '../../dist/server/date-field.js'
import { ParserPool } from '../../dist/server/parser-pool.js'
import { contentPace, readerPace } from '../../dist/server/progress.js'
import { Batch } from '../../dist/server/ready/batch.js'
import { ReadyTable } from '../../dist/server/ready/ready-table.js'
import { TimerWheel } from '../../dist/server/timer-wheel.js'

const REQUESTS = 1_000_000
const WARM_UP = 200_000
const REQUEST = Buffer.from(
  'GET /index.html HTTP/1.1\r\nHost: a\r\nUser-Agent: u\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\n\r\n',
)

let answered = 0
const wire = {
  remote: '192.0.2.7',
  queuedBytes: 0,
  takenBytes: 0,
  write: () => void answered++,
  cork() {},
  uncork() {},
  end() {},
  destroy() {},
  reset() {},
  pause() {},
  resume() {},
}
const config = configFromOptions(
  { requestsMax: 2_147_483_647 },
  { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1024 },
)
const ready = new ReadyTable(1_000_000, false)
const wheel = new TimerWheel(systemClock)
const connection = new Connection(wire, {
  config,
  clock: systemClock,
  wheel,
  parsers: new ParserPool(config, 8),
  date: new DateField(systemClock),
  connections: new Set(),
  turnedAway: new Set(),
  turnedAwayMax: 4,
  addresses: new AddressCounts(0),
  contentPace: contentPace(config),
  readerPace: readerPace(config),
  ready,
  batch: new Batch(),
  dispatch: exchange => {
    ready.put(exchange.head, {
      fields: [],
      notModifiedFields: [],
      body: Buffer.alloc(1024),
      etag: '"v"',
      freshFromMs: 0,
      freshUntilMs: Number.POSITIVE_INFINITY,
    })
    exchange.answer(200, [])
  },
  report: undefined,
  ends: new EndTally(),
  reportLate() {},
  draining: false,
})

const drive = count => {
  for (let n = 0; n < count; n++) connection.received(REQUEST, 0, REQUEST.length)
}
drive(WARM_UP)
// The least of three: while V8 still compiles, numbers are boxed that are not in the code it settles on.
let grown = Number.POSITIVE_INFINITY
for (let round = 0; round < 3; round++) {
  answered = 0
  const before = process.memoryUsage().heapUsed
  drive(REQUESTS)
  grown = Math.min(grown, process.memoryUsage().heapUsed - before)
}
wheel.stop()
process.stdout.write(JSON.stringify({ answered, bytesPerRequest: grown / REQUESTS }))
