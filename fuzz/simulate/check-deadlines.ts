import type { ConnectionRecord } from './connection-record.ts'
import type { SimulationContext } from './simulation-context.ts'

/** A deadline fires with the first tick after it. */
const TICK_MS = 100
/** The accepted bytes earn a client at most this many write timeouts, as in `writeDataRate`. */
const WRITE_CREDIT_FACTOR = 10
/** How often the server looks whether a response moves whose client has sent FIN. */
const LOOKS_PER_TIMEOUT = 4

type Wait = {
  /** Since when the server waits for the client. */
  readonly sinceUs: number
  readonly timeoutMs: number
  readonly event: string
}

/** Returns a message if the server waits for a client for longer than its settings allow. */
export function checkDeadline(
  record: ConnectionRecord,
  context: SimulationContext,
): string | undefined {
  const wait = currentWait(record, context)
  if (wait === undefined) return undefined
  const waitedMs = (context.clock.nowUs - wait.sinceUs) / 1000
  const lateMs = waitedMs - wait.timeoutMs - TICK_MS
  return lateMs > 1 ? `the timeout for ${wait.event} is ${Math.round(lateMs)} ms late` : undefined
}

/** Returns the timeout that runs, and the latest time from which it may count. */
function currentWait(record: ConnectionRecord, context: SimulationContext): Wait | undefined {
  const { scenario, clock, operations, isDraining, drainStartUs } = context
  const { config } = scenario
  const lastActivityUs = Math.max(
    record.lastWriteUs,
    record.endUs,
    record.lastReceiveUs,
    record.lastFlushUs,
    operations.lastEndUs,
    clock.stalledUs,
    drainStartUs,
  )
  const lastMovedUs = Math.max(record.clientFinUs, record.lastWriteUs, record.lastFlushUs)
  switch (record.phase) {
    case 'idle': {
      const idleMs = isDraining ? config.drainIdleMs : config.idleTimeoutMs
      const timeoutMs = idleMs + config.writeTimeoutMs
      return { sinceUs: lastActivityUs, timeoutMs, event: 'an idle connection' }
    }
    case 'head': {
      const { firstByteUs } = record.nextRequest!
      const { lastResponseUs, lastFlushUs } = record
      const sinceUs = Math.max(firstByteUs!, lastResponseUs, lastFlushUs, clock.stalledUs)
      return { sinceUs, timeoutMs: config.headTimeoutMs, event: 'the head' }
    }
    case 'content':
      return {
        sinceUs: lastActivityUs,
        timeoutMs: config.contentTimeoutMs,
        event: 'the content',
      }
    case 'writing':
    case 'ending':
      if (operations.pending > 0) return undefined
      // The kernel may accept bytes just after the deadline was set, which grants the time again.
      return {
        sinceUs: lastActivityUs,
        timeoutMs: (WRITE_CREDIT_FACTOR + 1) * config.writeTimeoutMs + TICK_MS,
        event: 'the client to read',
      }
    case 'lingering': {
      const fromUs = Math.max(record.finUs, record.lastFlushUs)
      const sinceUs = Math.max(fromUs, record.lastReceiveUs)
      const totalMs = (fromUs - sinceUs) / 1000 + config.lingerTotalMs
      const timeoutMs = Math.min(config.lingerTimeoutMs, totalMs)
      return { sinceUs, timeoutMs, event: 'the client to close' }
    }
    case 'working':
      // Before its head is sent, a response to a client that has sent FIN has no such limit.
      if (record.current === undefined || !record.transport.hasReceivedFin) return undefined
      return {
        sinceUs: Math.max(lastMovedUs, clock.stalledUs),
        timeoutMs: (1 + 1 / LOOKS_PER_TIMEOUT) * config.halfClosedTimeoutMs,
        event: 'a response to move',
      }
    case 'closed':
      return undefined
  }
}
