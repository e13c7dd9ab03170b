import type { ConnectionRecord } from './connection-record.ts'
import type { Finding } from './properties.ts'
import type { SimulationContext } from './simulation-context.ts'

/** Returns what is wrong if the server calls this method of the transport now. */
export function checkClose(
  method: 'end' | 'destroy' | 'reset',
  record: ConnectionRecord,
  context: SimulationContext,
): Finding | undefined {
  switch (method) {
    case 'end':
      return checkEnd(record, context)
    case 'destroy':
      return checkDestroy(record, context)
    case 'reset':
      return checkReset(record, context)
  }
}

function checkEnd(record: ConnectionRecord, context: SimulationContext): Finding | undefined {
  const { config } = context.scenario
  const { phase, isFullyResponded } = record
  if (record.hasAnnouncedClose || record.mayFailToDiscard) return undefined
  if (phase === 'content' && record.msSince(record.lastResponseUs) >= config.contentTimeoutMs)
    return undefined
  if (phase !== 'idle' && !(phase === 'writing' && isFullyResponded))
    return ['closing', `the server ends the connection in phase "${phase}"`]
  if (context.isDraining || (record.transport.hasReceivedFin && isFullyResponded)) return undefined
  const idleMs = record.msSince(record.connectUs, record.lastResponseUs, record.lastReceiveUs)
  return idleMs < config.idleTimeoutMs
    ? ['deadlines', `the server ends a connection that was idle for only ${idleMs} ms`]
    : undefined
}

function checkDestroy(record: ConnectionRecord, context: SimulationContext): Finding | undefined {
  const { config } = context.scenario
  const { transport } = record
  if (context.hasDrainTimedOut) return undefined
  if (transport.queuedBytes > 0) {
    const queuedMs = record.msSince(record.queuedSinceUs)
    return queuedMs < config.writeTimeoutMs
      ? ['deadlines', `the server destroys a connection after bytes were queued for ${queuedMs} ms`]
      : undefined
  }
  if (!transport.isEnded)
    return ['closing', `the server destroys the connection in phase "${record.phase}"`]
  const lingeredMs = record.msSince(record.endUs, record.finUs)
  const silentMs = record.msSince(record.endUs, record.finUs, record.lastReceiveUs)
  return silentMs < config.lingerTimeoutMs && lingeredMs < config.lingerTotalMs
    ? ['deadlines', `the server lingered for only ${lingeredMs} ms`]
    : undefined
}

/**
 * A reset is right for a response that cannot be completed, because its file changed or failed, and
 * for one that stands still while its client may have left.
 */
function checkReset(record: ConnectionRecord, context: SimulationContext): Finding | undefined {
  const { current, transport } = record
  const { halfClosedTimeoutMs } = context.scenario.config
  const stillMs = record.msSince(record.clientFinUs, record.lastWriteUs, record.lastFlushUs)
  if (transport.hasReceivedFin && transport.queuedBytes === 0 && stillMs >= halfClosedTimeoutMs)
    return undefined
  const plan = current?.request?.plan
  if (current === undefined || plan === undefined)
    return ['closing', 'the server resets the connection between responses']
  const changes = context.changesSince(current.fromUs - 1000, plan.path)
  const faults = context.operations.faultsSince(current.fromUs, plan.path)
  return plan.kind === 'file' && changes + faults > 0
    ? undefined
    : ['closing', `the server aborts the response to ${plan.id} for no reason`]
}
