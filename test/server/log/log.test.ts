import { spawnSync } from 'node:child_process'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../../src/server/config/config.ts'
import type { LineOutput } from '../../../src/server/log/line-output.ts'
import { createLog as createServerLog, type Log } from '../../../src/server/log/log.ts'

/** What was written. */
let written: string[] = []

const output: LineOutput = {
  observer: {},
  queuedBytes: 0,
  write: lines => void written.push(Buffer.from(lines).toString()),
  drain: async () => {},
}

beforeEach(() => {
  written = []
})

const createLog = (level: Config['logLevel'], isTerminal: boolean): Log =>
  createServerLog(level, isTerminal, output)
const parsed = () => written.map(line => JSON.parse(line))

describe('createLog', () => {
  it('writes a JSON line, with the time, the name of the level and the process id', () => {
    createLog('info', false).warn({ reason: 'none' }, 'something is up')
    expect(written).toHaveLength(1)
    expect(written[0]!.endsWith('\n')).toBe(true)
    const [line] = parsed()
    expect(line).toMatchObject({
      level: 'warn',
      pid: process.pid,
      reason: 'none',
      msg: 'something is up',
    })
    expect(Math.abs(Date.parse(line.time) - Date.now())).toBeLessThan(5000)
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  it('writes an error with its type, message and stack', () => {
    createLog('info', false).error({ err: new TypeError('that is no number') }, 'GET /a failed')
    const [{ err, msg }] = parsed()
    expect(msg).toBe('GET /a failed')
    expect(err).toMatchObject({ type: 'TypeError', message: 'that is no number' })
    expect(err.stack).toContain('log.test.ts')
  })

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('writes the messages of its level and above: %s', (level, levels) => {
    const log = createLog(level, false)
    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]('message')
    expect(parsed().map(line => line.level)).toEqual(levels)
  })

  it('writes only the message on a terminal, coloured by level', () => {
    const log = createLog('debug', true)
    log.info({ urls: [] }, 'it listens')
    log.warn('look out')
    log.error('it broke')
    log.debug('by the way')
    expect(written).toEqual([
      'it listens\x1b[0m\n',
      '\x1b[33mlook out\x1b[0m\n',
      '\x1b[31mit broke\x1b[0m\n',
      '\x1b[2mby the way\x1b[0m\n',
    ])
  })

  it('adds the stack of an error on a terminal', () => {
    createLog('info', true).error({ err: new TypeError('that is no number') }, 'GET /a failed')
    expect(written.join('')).toMatch(/GET \/a failed\nTypeError: that is no number\n {4}at /)
  })

  it('escapes line ends in JSON, and control characters on a terminal', () => {
    createLog('info', false).info('one\r\n{"msg":"two"}')
    expect(written.join('').split('\n')).toHaveLength(2)
    createLog('info', true).error({ err: new Error('\x1b[2J\x9b2J') }, 'GET /\x1b[2J failed')
    expect(written.at(-1)).not.toMatch(/\x1b\[2J|\x9b/)
  })

  it('logs how many lines were dropped', () => {
    createLog('info', false).info('first')
    output.observer.onRecovery?.(7, 'its reader was too slow')
    expect(parsed().at(-1)).toMatchObject({
      level: 'warn',
      msg: '7 log lines were dropped: its reader was too slow',
      lines: 7,
    })
  })

  it.each([
    ['process.exit(3)', 3],
    ["throw new Error('it crashed')", 1],
  ])('loses no line before %s', (ending, code) => {
    const module = new URL('../../../dist/server/log/log.js', import.meta.url)
    const script = `
      const { createLog } = await import(${JSON.stringify(module)})
      const log = createLog('warn', false)
      for (const n of Array(1000).keys()) {
        log.info('not written')
        log.warn({ n }, 'written')
      }
      ${ending}`
    const args = ['--input-type=module', '-e', script]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(status).toBe(code)
    const lines = stderr.split('\n').filter(line => line.startsWith('{"level"'))
    expect(lines.map(line => JSON.parse(line).n)).toEqual([...Array(1000).keys()])
  })
})
