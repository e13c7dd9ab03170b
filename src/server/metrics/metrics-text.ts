import { createRequire } from 'node:module'
import type { MetricSnapshot } from './snapshot.ts'

/** The part of prom-client that adds up and formats metrics. */
type AggregatorRegistry = {
  aggregate(snapshots: readonly (readonly object[])[]): { metrics(): Promise<string> }
}

/**
 * Formats the metrics of all processes for Prometheus. The first call loads prom-client, without
 * its index, which would also load OpenTelemetry and what summaries need.
 */
export function metricsText(snapshots: readonly (readonly MetricSnapshot[])[]): Promise<string> {
  const require = createRequire(import.meta.url)
  const registry: AggregatorRegistry = require('prom-client/lib/cluster.js')
  return registry.aggregate(snapshots).metrics()
}
