import { describe, expect, it } from 'vitest'
import { inheritedSockets } from '../../../src/server/config/inherited-sockets.ts'
import { configOf, printedBy } from './load.ts'

const PID = 4711

describe('inheritedSockets', () => {
  it('returns the sockets for this process', () => {
    expect(inheritedSockets({ LISTEN_PID: '4711', LISTEN_FDS: '2' }, PID)).toEqual([
      { fd: 3 },
      { fd: 4 },
    ])
  })

  it.each([
    {},
    { LISTEN_FDS: '2' },
    { LISTEN_PID: '4711' },
    { LISTEN_PID: '4712', LISTEN_FDS: '2' },
    { LISTEN_PID: '4711', LISTEN_FDS: '0' },
    { LISTEN_PID: '4711', LISTEN_FDS: '-1' },
    { LISTEN_PID: '4711', LISTEN_FDS: '1e3' },
    { LISTEN_PID: '4711', LISTEN_FDS: '' },
  ])('returns none with %j', env => expect(inheritedSockets(env, PID)).toEqual([]))

  it('replaces only the default listener', async () => {
    const inherited = [{ fd: 3 }]
    const listeners = async (input: object) => (await configOf({ inherited, ...input })).listeners
    expect(await listeners({})).toEqual([{ fd: 3 }])
    expect(await listeners({ line: '-p 80' })).toEqual([{ host: '127.0.0.1', port: 80 }])
    expect(await listeners({ env: { STATEWIRE_HOST: '::1' } })).toEqual([
      { host: '::1', port: 4221 },
    ])
    expect(await listeners({ toml: 'address = ["unix:/x.sock"]' })).toEqual([
      { path: '/x.sock', mode: 0o600 },
    ])
  })

  it('prints addresses in their text form', async () => {
    const printed = await printedBy({ inherited: [{ fd: 3 }, { fd: 4 }], line: '--print-config' })
    expect(printed).toContain('\nlisteners = ["fd:3", "fd:4"] # LISTEN_FDS\n')
    const line = '--print-config -a unix:/x.sock?mode=660'
    expect(await printedBy({ line })).toContain('\nlisteners = ["unix:/x.sock?mode=660"] # -a\n')
  })
})
