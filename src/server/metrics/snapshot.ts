import { stderrOutput, stdoutOutput } from '../log/line-output.ts'
import { DURATIONS_MS, type Gauges, LOOP_RESOLUTION_MS, type Metrics } from './metrics.ts'

type Labels = Readonly<Record<string, string | number>>

/** A metric of one process, in the form that prom-client aggregates. */
export type MetricSnapshot = {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly aggregator: 'sum' | 'max'
  readonly values: readonly MetricValue[]
}

type MetricValue = { readonly labels: Labels; readonly value: number; readonly metricName?: string }

/** Why connections are closed that were rejected. */
const REJECTIONS = ['connections-max', 'connections-per-address-max', 'dropped']

/** The metrics of this process. The delays of the event loop are those since the last call. */
export function snapshotOf(metrics: Metrics): MetricSnapshot[] {
  const responses = [...metrics.responses()]
  const dispatched = responses.filter(([, endpoint]) => endpoint === metrics.cachedEndpoint)
  const served = dispatched.reduce((sum, [, , count]) => sum + count, 0)
  const servers = Array.from(metrics.servers.values(), gauges => gauges())
  const sum = (name: keyof Gauges): number => servers.reduce((sum, gauges) => sum + gauges[name], 0)
  const closed = [...metrics.closed]
  return [
    counter(
      'statewire_requests_total',
      'Responses sent, by status and by what made them.',
      responses.map(([status, endpoint, value]) => ({
        labels: { status, endpoint: metrics.endpointNames[endpoint] ?? 'none' },
        value,
      })),
    ),
    counter('statewire_request_bytes_total', 'Bytes of request heads and bodies.', [
      plain(metrics.requestBytes),
    ]),
    counter('statewire_response_bytes_total', 'Bytes of response heads and bodies.', [
      plain(metrics.responseBytes),
    ]),
    durations(metrics),
    gauge('statewire_connections', 'Open connections.', [plain(sum('connections'))]),
    counter('statewire_connections_closed_total', 'Closed connections, by reason.', [
      ...labelled('reason', closed),
    ]),
    counter('statewire_connections_rejected_total', 'Connections over a limit, by limit.', [
      ...labelled(
        'limit',
        closed.filter(([reason]) => REJECTIONS.includes(reason)),
      ),
    ]),
    counter('statewire_refusals_total', 'Refused requests, by the codes of docs/errors.md.', [
      ...labelled('code', [...metrics.refused]),
    ]),
    counter('statewire_response_cache_hits_total', 'Responses repeated from memory.', [
      plain(metrics.cacheHits),
    ]),
    counter('statewire_response_cache_misses_total', 'Responses of sites that were made.', [
      plain(served - metrics.cacheHits),
    ]),
    gauge('statewire_response_cache_entries', 'Responses in memory.', [plain(sum('cacheEntries'))]),
    gauge('statewire_response_cache_bytes', 'Bytes of responses in memory.', [
      plain(sum('cacheBytes')),
    ]),
    gauge('statewire_file_cache_bytes', 'Bytes of files in memory, compressed ones included.', [
      plain(sum('fileBytes')),
    ]),
    gauge('statewire_compressions', 'Files and listings that are or wait to be compressed.', [
      { labels: { state: 'running' }, value: sum('compressing') },
      { labels: { state: 'waiting' }, value: sum('waitingToCompress') },
    ]),
    loopDelay(metrics),
    counter('statewire_log_lines_dropped_total', 'Log lines that could not be written.', [
      { labels: { stream: 'stdout' }, value: stdoutOutput.droppedLines },
      { labels: { stream: 'stderr' }, value: stderrOutput.droppedLines },
    ]),
    gauge('statewire_processes', 'Processes that serve.', [plain(1)]),
    gauge('process_resident_memory_bytes', 'Resident memory of the processes that serve.', [
      plain(process.memoryUsage.rss()),
    ]),
    counter('process_cpu_seconds_total', 'CPU time of the processes that serve.', [
      plain((process.cpuUsage().user + process.cpuUsage().system) / 1e6),
    ]),
  ]
}

function counter(name: string, help: string, values: readonly MetricValue[]): MetricSnapshot {
  return { name, help, type: 'counter', aggregator: 'sum', values }
}

function gauge(name: string, help: string, values: readonly MetricValue[]): MetricSnapshot {
  return { name, help, type: 'gauge', aggregator: 'sum', values }
}

function plain(value: number): MetricValue {
  return { labels: {}, value }
}

function labelled(label: string, counts: readonly (readonly [string, number])[]): MetricValue[] {
  return counts.map(([name, value]) => ({ labels: { [label]: name }, value }))
}

function durations(metrics: Metrics): MetricSnapshot {
  const name = 'statewire_request_duration_seconds'
  let count = 0
  const buckets = Array.from(metrics.durations, (value, range) => {
    count += value
    const le = range < DURATIONS_MS.length ? DURATIONS_MS[range]! / 1000 : '+Inf'
    return { labels: { le }, value: count, metricName: `${name}_bucket` }
  })
  const sum = metrics.durationSumMs / 1000
  return {
    name,
    help: 'Time from the head of a request to the end of its response.',
    type: 'histogram',
    aggregator: 'sum',
    values: [
      ...buckets,
      { labels: {}, value: sum, metricName: `${name}_sum` },
      { labels: {}, value: count, metricName: `${name}_count` },
    ],
  }
}

/** Of several processes, the one with the longest delays counts. */
function loopDelay({ loopDelay: delay }: Metrics): MetricSnapshot {
  const isMeasured = delay.count > 0
  // Node measures from timer to timer.
  const inSeconds = (ns: number): number =>
    isMeasured ? Math.max(0, ns / 1e6 - LOOP_RESOLUTION_MS) / 1000 : 0
  const values = [
    { labels: { statistic: 'mean' }, value: inSeconds(delay.mean) },
    { labels: { statistic: 'p99' }, value: inSeconds(delay.percentile(99)) },
    { labels: { statistic: 'max' }, value: inSeconds(delay.max) },
  ]
  delay.reset()
  return {
    name: 'statewire_event_loop_delay_seconds',
    help: 'Delay of timers since the last request for metrics.',
    type: 'gauge',
    aggregator: 'max',
    values,
  }
}

/** Adds up what does not end with a process: counters and histograms. */
export function sumCounters(snapshots: readonly (readonly MetricSnapshot[])[]): MetricSnapshot[] {
  const byName = new Map<string, MetricSnapshot>()
  for (const metric of snapshots.flat()) {
    if (metric.type === 'gauge') continue
    const earlier = byName.get(metric.name)?.values ?? []
    const values = new Map(earlier.map(value => [keyOf(value), value]))
    for (const value of metric.values) {
      const before = values.get(keyOf(value))?.value ?? 0
      values.set(keyOf(value), { ...value, value: before + value.value })
    }
    byName.set(metric.name, { ...metric, values: [...values.values()] })
  }
  return [...byName.values()]
}

function keyOf({ labels, metricName }: MetricValue): string {
  return JSON.stringify([metricName, labels])
}
