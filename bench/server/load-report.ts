import type { Sample } from './load.ts'
import type { ProcessUsage } from './process-usage.ts'

/** For responses of this size or more, bytes per second are reported as well. */
const LARGE_BYTES = 256 * 1024

/** What a closed loop's load generator counted. Latencies are in microseconds. */
export type LoadReport = {
  readonly requests: number
  readonly bytes: number
  readonly us: number
  readonly p50?: number
  readonly p99?: number
  readonly p999?: number
  /** Responses with a status of 400 or more. */
  readonly errorResponses: number
  readonly socketErrors: number
}

/**
 * Parses the line of JSON that load.lua and head-requests.c print.
 * @throws Error if there is none.
 */
export function parseReport(text: string): LoadReport {
  const json = /^REPORT (.*)$/m.exec(text)?.[1]
  if (json === undefined) throw new Error(`no report was printed: ${text.slice(-200)}`)
  return JSON.parse(json)
}

/** What all responses of a load have to be. */
export type ExpectedResponses = {
  /** Whether every response is an error, such as 404, instead of none. */
  readonly areErrors?: boolean
  /** Below this mean length, contents were missing. */
  readonly bytesMin?: number
}

/** @throws Error if the load measured something else than what was expected. */
export function checkReport(
  { requests, bytes, errorResponses }: LoadReport,
  { areErrors = false, bytesMin = 0 }: ExpectedResponses,
): void {
  if (requests === 0) throw new Error('there was no response')
  if (errorResponses !== (areErrors ? requests : 0))
    throw new Error(`${errorResponses} of ${requests} responses were errors`)
  if (bytes / requests < bytesMin)
    throw new Error(`responses have ${bytes / requests} bytes on average, less than ${bytesMin}`)
}

/** Returns the figures of a load, with the CPU time that the server used meanwhile. */
export function sampleOf(report: LoadReport, before: ProcessUsage, after: ProcessUsage): Sample {
  const { requests, bytes, us, p50, p99, p999, socketErrors } = report
  const user = after.userUs - before.userUs
  const system = after.systemUs - before.systemUs
  const latencies = { 'p50 ms': p50, 'p99 ms': p99, 'p99.9 ms': p999 }
  return {
    'requests/s': requests / (us / 1e6),
    'µs CPU/request': (user + system) / requests,
    'µs user': user / requests,
    'µs system': system / requests,
    ...(bytes / requests < LARGE_BYTES
      ? {}
      : {
          'MB/s': bytes / us,
          'ms CPU/request': (user + system) / 1e3 / requests,
          'ms CPU/GB': (user + system) / 1e3 / (bytes / 1e9),
        }),
    ...Object.fromEntries(
      Object.entries(latencies).flatMap(([unit, value]) =>
        value === undefined ? [] : [[unit, value / 1e3]],
      ),
    ),
    'MiB resident': after.residentBytes / 2 ** 20,
    // Below 1 the load generator was the bottleneck, not the server.
    'cores busy': (user + system) / us,
    ...(socketErrors > 0 ? { 'broken connections': socketErrors } : {}),
  }
}
