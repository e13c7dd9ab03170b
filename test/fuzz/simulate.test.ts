import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readCommandLine } from '../../fuzz/simulate/command-line.ts'
import { PROPERTIES } from '../../fuzz/simulate/properties.ts'
import { scenarioOf, simulate } from '../../fuzz/simulate/simulate.ts'

const TIME_MS = 120_000
const COMMAND = fileURLToPath(new URL('../../dist/fuzz/simulate/main.js', import.meta.url))

/** Runs the built command, which is faster than the sources that vitest transforms. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

describe('the simulator', () => {
  it(
    'finds no violation in 2000 scenarios',
    async () => {
      const { code, stdout } = await run('--seeds', '2000')
      expect(stdout.trim().split('\n').slice(-2)).toEqual(['', 'All properties hold.'])
      expect(stdout).toContain('2,000 seeds, ')
      expect(code).toBe(0)
    },
    TIME_MS,
  )

  it('reports all problems of its arguments', async () => {
    const { code, stderr } = await run('--seeds', 'many', '--tme', '1m')
    expect(code).toBe(2)
    expect(stderr).toMatch(/--tme: .*did you mean --time\?\n.*--seeds many: must be /)
  })

  it.each([0, 7, 33, 90])('has the same timeline for the same seed, %d', async seed => {
    const first = await simulate(scenarioOf(seed), { hasTimeline: true })
    const second = await simulate(scenarioOf(seed), { hasTimeline: true })
    expect(first.timeline.length).toBeGreaterThan(30)
    expect(second.timeline).toEqual(first.timeline)
  })

  it('leaves out parts by their ids', () => {
    const whole = scenarioOf(7)
    const [first] = whole.clients
    const less = scenarioOf(7, [first!.requests[0]!.id])
    expect(less.clients[0]!.requests).toEqual(first!.requests.slice(1))
    expect(scenarioOf(7, [first!.id]).clients).toEqual(whole.clients.slice(1))
  })

  it('parses its command line', () => {
    expect(readCommandLine(['--seeds', '1e5', '--time', '5m'])).toEqual({
      kind: 'search',
      from: 0,
      seeds: 100_000,
      ms: 300_000,
    })
    expect(readCommandLine(['--seed', '3', '--without', 'c1,c0.2'])).toEqual({
      kind: 'show',
      seed: 3,
      without: ['c1', 'c0.2'],
    })
    expect(readCommandLine(['--sed', '--seeds=0', '--without=a'])).toEqual({
      kind: 'invalid',
      problems: [
        '--sed: there is no such option, only --seeds, --seed, --time, --without, --help; did you mean --seed?',
        '--seeds 0: must be a whole number from 1: 5000, 1e5',
        '--without a: applies to one scenario; use it with --seed alone: --seed 7 --without c1',
      ],
    })
  })

  it('lists its properties in its document', () => {
    const document = readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8')
    const rows = Object.entries(PROPERTIES).map(([name, sentence]) => `| ${name} | ${sentence} |`)
    const table = ['| property | what must hold |', '|---|---|', ...rows].join('\n')
    expect(document).toContain(`<!-- properties -->\n${table}\n<!-- end of properties -->`)
  })
})
