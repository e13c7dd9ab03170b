import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { TemporaryFolder } from '../../acceptance/temporary-folder.ts'

const STUB = join(import.meta.dirname, 'stub-properties.mjs')
const folder = new TemporaryFolder()
const regressions = folder.folder('fuzz/corpus/regressions')

afterAll(() => folder.remove())

type Exit = { readonly code: number | null; readonly out: string; readonly err: string }

function start(line: string): ChildProcess {
  return spawn(process.execPath, [STUB, ...line.split(' ')], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  let [out, err] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', text => (out += text))
  child.stderr!.setEncoding('utf8').on('data', text => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

const fuzz = (line: string): Promise<Exit> => exitOf(start(line))

/** Removes times and rates from the output of a run. */
const withoutTimes = (out: string): string =>
  out.replace(/ +[\d.]+k?(?=\n| +broken)| in [\d.]+ s/g, '')

describe.concurrent('the fuzz command', () => {
  it('exits with 0 and a summary if every property holds', async () => {
    const { code, out, err } = await fuzz('honest asynchronous --runs 301 --seed 7 --workers 2')
    expect(err).toBe('')
    expect(withoutTimes(out)).toMatch(/honest +150\n +asynchronous +151\n/)
    expect(out).toMatch(/edges +\d+ of 89, all but /)
    expect(out).toMatch(
      /total +301 runs in [\d.]+ s, 2 workers, seed 7\n\nNo property is broken\.\n$/,
    )
    expect(code).toBe(0)
  })

  it('prints the tallies of all workers, under headings', async () => {
    const { out } = await fuzz('counting honest --runs 1200 --seed 7 --workers 2')
    expect(out).toMatch(/^ {2}all\n {10}checks 600\n\n {2}wires\n {10}with/m)
    const figures = Array.from(out.matchAll(/(?:with a three|without) (\d+)/g), ([, figure]) =>
      Number(figure),
    )
    expect(figures).toHaveLength(2)
    expect(figures[0]! + figures[1]!).toBe(600)
    expect(figures[0]).toBeGreaterThan(figures[1]!)
  })

  it('ends at the time limit', async () => {
    const started = Date.now()
    const { code } = await fuzz('honest --time 500ms')
    expect(code).toBe(0)
    expect(Date.now() - started).toBeGreaterThan(500)
  })

  it('is deterministic with --seed, --runs and one worker', async () => {
    const line = 'honest small --runs 600 --seed 5'
    const [one, other] = await Promise.all([fuzz(line), fuzz(line)])
    expect(one.out).toContain('small is broken. Numbers are small.')
    expect(withoutTimes(one.out)).toBe(withoutTimes(other.out))
    expect(withoutTimes((await fuzz('honest small --runs 600 --seed 6')).out)).not.toBe(
      withoutTimes(one.out),
    )
  })

  it('finds, shrinks, shows and saves an input that breaks a property, and replays it', async () => {
    const { code, out } = await fuzz('brittle honest --runs 400 --seed 1')
    expect(code).toBe(1)
    const name = readdirSync(regressions).find(file => /^brittle-[0-9a-f]{10}\.json$/.test(file))
    const file = `fuzz/corpus/regressions/${name}`
    expect(out).toContain(`✗ brittle is broken. Three has no place in a wire.

  Error: there is a three

  0  3
     ^ 0

  input   {"wire":(above),"other":0}
  seed    1
  saved   ${file}
  replay  npm run fuzz -- --replay ${file}
`)
    expect(out).toMatch(/honest +200 .*\n +brittle +\d+ .* broken\n/)
    expect(out).toMatch(/1 property broken: brittle\.\n$/)

    const again = await fuzz(`--replay ${file}`)
    expect(again.code).toBe(1)
    expect(again.out).toContain(
      '✗ brittle is broken. Three has no place in a wire.\n\n  Error: there is a three\n\n  0  3\n',
    )
  })

  it('exits with 0 if a replayed input breaks nothing', async () => {
    folder.write('fine.json', '{"property": "small", "input": {"n": 1000}}')
    expect(await fuzz('--replay fine.json')).toEqual({
      code: 0,
      out: '✓ small holds for the input of fine.json. Numbers are small.\n',
      err: '',
    })
  })

  it('exits with 2 for invalid arguments and files', async () => {
    expect(await fuzz('hones --time soon')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(
        /^fuzz: --time soon: must be .*\nfuzz: PROPERTY hones: must be .*honest\?\nfuzz: use --help /,
      ),
    })
    expect(await fuzz('--replay none.json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('none.json'),
    })
    folder.write('stranger.json', '{"property": "stranger", "input": 1}')
    expect(await fuzz('--replay stranger.json')).toMatchObject({
      code: 2,
      err: 'fuzz: --replay stranger.json: there is no property "stranger"\n',
    })
  })

  it('prints its options and properties with --help', async () => {
    const { code, out } = await fuzz('--help')
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}--replay FILE /m)
    expect(out).toMatch(/^ {2}honest +This one holds\.$/m)
  })

  it.each([
    ['endless', /the check did not end within 2\.0 s\n\n(.*\n)*.*3/],
    ['unsettled', /the check did not end within 2\.0 s\n\n(.*\n)*.*3/],
    ['late', /thrown outside the check: Error: too late\n\n(.*\n)*.*3/],
  ])(
    'continues without a property that hangs or kills its worker: %s',
    async (property, message) => {
      const { code, out } = await fuzz(`${property} honest --runs 400 --seed 1`)
      expect(out).toMatch(message)
      expect(out).toMatch(/honest +200 /)
      expect(out).toContain(`--replay fuzz/corpus/regressions/${property}-`)
      expect(code).toBe(1)
    },
  )

  it('stops a replay that hangs', async () => {
    folder.write(
      'unsettled.json',
      '{"property": "unsettled", "input": {"wire": {"$bytes": "3"}, "other": 0}}',
    )
    const { code, out } = await fuzz('--replay unsettled.json')
    expect(out).toContain('the check did not end within 2.0 s')
    expect(code).toBe(1)
  })

  it('exits with 130 and the summary after Ctrl-C', async () => {
    const child = start('honest --time 1h --seed 3')
    const end = exitOf(child)
    await once(child.stdout!, 'data')
    setTimeout(() => child.kill('SIGINT'), 500)
    const { code, out } = await end
    expect(code).toBe(130)
    expect(out).toMatch(/^1 property, 1 worker, seed 3\n/)
    expect(out).toMatch(/total +[\d,]+ runs in .*seed 3\n\nNo property is broken\.\n$/)
  })
})
