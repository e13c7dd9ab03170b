import { describe, expect, it } from 'vitest'
import type { AccessLog } from '../../../src/server/log/access-log.ts'
import type { RequestLogEntry } from '../../../src/server/log/request-log-entry.ts'
import { ResponseLog } from '../../../src/server/log/response-log.ts'
import { headWith } from '../heads.ts'

const RESPONSE = {
  remoteAddress: '192.0.2.7',
  wallMs: 1,
  durationMs: 2,
  status: 200,
  bytes: 3,
  bytesIn: 30,
  bytesOut: 90,
  refusal: undefined,
  closeReason: undefined,
  head: headWith({ target: '/a', referer: '-', userAgent: 'me' }),
}

function setUp(hasAccessLog: boolean) {
  const written: unknown[] = []
  const emitted: RequestLogEntry[] = []
  const state = { isClosed: false }
  const accessLog = {
    write: (response: unknown) => written.push(response),
    close: async () => {
      state.isClosed = true
    },
  } as Partial<AccessLog> as AccessLog
  const log = new ResponseLog(hasAccessLog ? accessLog : undefined, entry => emitted.push(entry))
  return { log, written, emitted, state }
}

describe('ResponseLog', () => {
  it('is disabled without an access log and without listeners', () => {
    const { log, emitted } = setUp(false)
    expect(log.isEnabled).toBe(false)
    log.write(RESPONSE)
    expect(emitted).toEqual([])
  })

  it('is enabled while it has listeners, which get a copy of each response', () => {
    const { log, emitted } = setUp(false)
    log.hasListeners = true
    expect(log.isEnabled).toBe(true)
    log.write(RESPONSE)
    expect(emitted).toMatchObject([{ method: 'GET', url: '/a', status: 200, userAgent: 'me' }])
    log.hasListeners = false
    expect(log.isEnabled).toBe(false)
    log.write(RESPONSE)
    expect(emitted).toHaveLength(1)
  })

  it('is always enabled with an access log, which gets each response', () => {
    const { log, written, emitted } = setUp(true)
    expect(log.isEnabled).toBe(true)
    log.write(RESPONSE)
    expect([written, emitted]).toEqual([[RESPONSE], []])
    log.hasListeners = true
    log.write(RESPONSE)
    log.hasListeners = false
    expect([written.length, emitted.length, log.isEnabled]).toEqual([2, 1, true])
  })

  it('closes its access log, if it has one', async () => {
    const { log, state } = setUp(true)
    await log.close()
    expect(state.isClosed).toBe(true)
    await setUp(false).log.close()
  })
})
