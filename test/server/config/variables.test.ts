import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inheritedSockets } from '../../../src/server/config/variables.ts'
import { configOf, messagesOf, printedBy, temporaryFolder } from './load.ts'

describe('the environment variables', () => {
  it.each([
    [
      'STATEWIRE_ADDRESS',
      'a:1,[::1]:2',
      {
        listeners: [
          { host: 'a', port: 1 },
          { host: '::1', port: 2 },
        ],
      },
    ],
    ['STATEWIRE_LISTENERS', 'a:1', { listeners: [{ host: 'a', port: 1 }] }],
    ['STATEWIRE_HOST', '0.0.0.0', { listeners: [{ host: '0.0.0.0', port: 4221 }] }],
    ['STATEWIRE_PORT', '80', { listeners: [{ host: '127.0.0.1', port: 80 }] }],
    ['STATEWIRE_POOL_SIZE', '3', { workers: 3 }],
    ['STATEWIRE_DRAIN_TIMEOUT', '5s', { drainTimeoutMs: 5000 }],
    ['STATEWIRE_LIST', 'true', { list: true }],
    ['STATEWIRE_LIST', '1', { list: true }],
    ['STATEWIRE_LIST', '0', { list: false }],
    ['STATEWIRE_ENDPOINTS', 'echo, files', { endpoints: ['echo', 'files'] }],
  ])('%s=%s', async (variable, value, expected) => {
    expect(await configOf({ env: { [variable]: value } })).toMatchObject(expected)
  })

  it.each(['STATEWIRE_ROOT', 'STATEWIRE_DATA_DIR', 'STATEWIRE_DIRECTORY'])(
    'resolves %s against the working folder',
    async variable => {
      const cwd = temporaryFolder()
      expect((await configOf({ cwd, env: { [variable]: 'site' } })).root).toBe(join(cwd, 'site'))
    },
  )

  it('ignores empty variables', async () => {
    expect((await configOf({ env: { STATEWIRE_WORKERS: '' }, toml: 'workers = 3' })).workers).toBe(
      3,
    )
    expect(
      (await configOf({ env: { STATEWIRE_BOGUS: '', STATEWIRE_PORT: undefined } })).workers,
    ).toBe(1)
  })

  it('ignores variables without the prefix', async () => {
    expect(
      (await configOf({ env: { PORT: 'x', STATEWIRED_PORT: 'x', statewire_port: 'x' } })).workers,
    ).toBe(1)
  })

  it.each([
    [
      { STATEWIRE_PORT: '99999' },
      'STATEWIRE_PORT 99999: must be a whole number from 0 to 65535, such as 8080',
    ],
    [{ STATEWIRE_LIST: 'yes' }, 'STATEWIRE_LIST yes: must be true or false'],
    [
      { STATEWIRE_HOTS: 'a' },
      'STATEWIRE_HOTS a: is not a known variable; did you mean STATEWIRE_HOST?',
    ],
    [
      { STATEWIRE_HEAD_TIMEOUT: '5' },
      'STATEWIRE_HEAD_TIMEOUT 5: is not a known variable; did you mean STATEWIRE_HEAD_TIMEOUT_MS?',
    ],
    [{ STATEWIRE_FROBNICATE: '5' }, 'STATEWIRE_FROBNICATE 5: is not a known variable'],
    [{ STATEWIRE_HELP: '1' }, 'STATEWIRE_HELP 1: is not a known variable'],
    [
      { STATEWIRE_ROOT: 'a', STATEWIRE_DATA_DIR: 'b' },
      'STATEWIRE_DATA_DIR b: must be given once; it is already given by STATEWIRE_ROOT a',
    ],
    [
      { STATEWIRE_PORT: '1', STATEWIRE_ADDRESS: 'a:1' },
      'STATEWIRE_PORT 1: must not be combined with STATEWIRE_ADDRESS a:1',
    ],
  ])('refuses %j', async (env, expected) => {
    expect(await messagesOf({ env })).toEqual([expected])
  })
})

describe('the variables of Kubernetes', () => {
  const LINKS = {
    STATEWIRE_PORT: 'tcp://10.96.0.7:80',
    STATEWIRE_SERVICE_HOST: '10.96.0.7',
    STATEWIRE_SERVICE_PORT: '80',
    STATEWIRE_SERVICE_PORT_HTTP: '80',
    STATEWIRE_PORT_80_TCP: 'tcp://10.96.0.7:80',
    STATEWIRE_PORT_80_TCP_PROTO: 'tcp',
    STATEWIRE_PORT_80_TCP_PORT: '80',
    STATEWIRE_PORT_80_TCP_ADDR: '10.96.0.7',
    STATEWIRE_PORT_53_UDP: 'udp://[fd00::7]:53',
    STATEWIRE_PORT_53_UDP_ADDR: 'fd00::7',
    STATEWIRE_BLUE_SERVICE_HOST: 'fd00::7',
    STATEWIRE_BLUE_PORT: 'tcp://[fd00::7]:443',
    STATEWIRE_BLUE_SERVICE_PORT_HTTP_ALT: '8080',
  }

  it('for services called statewire are ignored', async () => {
    const cwd = temporaryFolder()
    expect(await configOf({ cwd, env: LINKS })).toEqual(await configOf({ cwd }))
    const env = { ...LINKS, STATEWIRE_PORT: '8080' }
    expect((await configOf({ env })).listeners).toEqual([{ host: '127.0.0.1', port: 8080 }])
  })

  it.each([
    ['STATEWIRE_PORT', '80tcp'],
    ['STATEWIRE_PROT', '80'],
    ['STATEWIRE_SERVICE_PROT', '80'],
    ['STATEWIRE_SERVICE_PORT', 'http'],
    ['STATEWIRE_SERVICE_HOST', 'localhost'],
    ['STATEWIRE_PORT_80_TCP', '80'],
    ['STATEWIRE_PORT_80', 'tcp://10.96.0.7:80'],
    ['STATEWIRE_WORKERS', 'tcp://10.96.0.7:80'],
    ['STATEWIRE_PORT_80_TCP_PROTO', 'http'],
  ])('do not hide a mistake: %s=%s', async (name, value) => {
    expect(await messagesOf({ env: { [name]: value } })).toHaveLength(1)
  })
})

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
