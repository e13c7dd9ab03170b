import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { browser, SHAPES, type Shape } from '../micro/requests.ts'
import type { Result, SuiteOptions } from '../report/result.ts'
import { medianOf } from '../report/statistics.ts'
import { type Child, start, stop } from '../server/children.ts'
import { type Cores, chooseCores, pinned } from '../server/cores.ts'
import { usageOf } from '../server/process-usage.ts'
import { CONNECTIONS, chooseLoad, type Load } from './load.ts'
import { ReadCalls } from './system-calls.ts'

const STRATEGIES = ['raw', 'shared-buffer', 'stream', 'stream-bytewise', 'unbuffered'] as const
const FILE_BYTES = 1024

type Contender = {
  readonly name: string
  readonly child: Child
  readonly port: number
  readonly requestsPerSecond: number[]
  readonly callsPerRequest: number[]
  readonly cpuUsPerRequest: number[]
}

/** Measures requests for a small file with each read strategy, in an otherwise equal server. */
export async function benchSockets(options: SuiteOptions): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-read-'))
  const contenders: Contender[] = []
  const cores = chooseCores()
  try {
    const shapes = shapesFor(options.quick)
    for (const { variants } of shapes) writeTargetFile(folder, variants[0]!)
    for (const name of STRATEGIES) contenders.push(await startServer(name, folder, cores))
    const results: Result[] = []
    for (const shape of shapes)
      results.push(await measureShape(shape, contenders, chooseLoad(cores), options))
    return results
  } finally {
    for (const { child } of contenders) await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How many steps there are, and how long they take together. */
export function socketSteps(options: Pick<SuiteOptions, 'quick' | 'rounds'>): {
  steps: number
  seconds: number
} {
  const steps = shapesFor(options.quick).length * STRATEGIES.length * (roundsOf(options) + 1)
  return { steps, seconds: steps * (secondsOf(options.quick) + 0.2) }
}

function shapesFor(quick: boolean): readonly Shape[] {
  return quick ? [browser] : [browser, SHAPES[0]!]
}
function roundsOf({ quick, rounds }: Pick<SuiteOptions, 'quick' | 'rounds'>): number {
  return rounds ?? (quick ? 3 : 7)
}
const secondsOf = (quick: boolean): number => (quick ? 1 : 2)

/** Writes the file that a request asks for. */
function writeTargetFile(root: string, request: string): void {
  const path = join(root, request.split(' ')[1]!)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x'.repeat(FILE_BYTES))
}

async function startServer(name: string, root: string, cores: Cores): Promise<Contender> {
  const script = join(import.meta.dirname, 'socket-server.js')
  const child = await start(pinned(cores?.server, [process.execPath, script, name, root]), {
    cwd: root,
    stdout: 'pipe',
  })
  const ended = once(child.process, 'exit').then(() =>
    Promise.reject(new Error(`${name}: ${child.stderrTail()}`)),
  )
  const [line] = await Promise.race([once(createInterface(child.process.stdout!), 'line'), ended])
  return {
    name,
    child,
    port: Number(line),
    requestsPerSecond: [],
    callsPerRequest: [],
    cpuUsPerRequest: [],
  }
}

async function measureShape(
  { name, variants }: Shape,
  contenders: readonly Contender[],
  load: Load,
  options: SuiteOptions,
): Promise<Result> {
  const rounds = roundsOf(options)
  const seconds = secondsOf(options.quick)
  const unmeasured = contenders.map(one => ({
    ...one,
    requestsPerSecond: [],
    callsPerRequest: [],
    cpuUsPerRequest: [],
  }))
  for (let round = 0; round <= rounds; round++)
    for (let turn = 0; turn < unmeasured.length; turn++) {
      options.signal.throwIfAborted()
      const contender = unmeasured[(turn + round) % unmeasured.length]!
      const which = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`
      options.progress.step(`reading a socket, ${name}, ${which}: ${contender.name}`, seconds + 0.2)
      await measure(
        contender,
        variants[0]!,
        load,
        round === 0 ? 1 : seconds,
        round > 0,
        options.signal,
      )
    }
  return resultOf(name, unmeasured, load)
}

async function measure(
  { child, port, requestsPerSecond, callsPerRequest, cpuUsPerRequest }: Contender,
  request: string,
  load: Load,
  seconds: number,
  isRecorded: boolean,
  signal: AbortSignal,
): Promise<void> {
  let result = { requests: 0, seconds: 0 }
  const run = async (): Promise<void> => {
    result = await load.run(port, request, seconds, signal)
  }
  const before = usageOf(child.pid)
  const calls = ReadCalls.of(child.pid)
  let readCalls: number | undefined
  if (calls === undefined) await run()
  else readCalls = await calls.during(run)
  const after = usageOf(child.pid)
  if (!isRecorded) return
  const cpuUs = after.userUs + after.systemUs - before.userUs - before.systemUs
  requestsPerSecond.push(result.requests / result.seconds)
  cpuUsPerRequest.push(cpuUs / result.requests)
  if (readCalls !== undefined) callsPerRequest.push(readCalls / result.requests)
}

function resultOf(shape: string, contenders: readonly Contender[], load: Load): Result {
  const [first, ...others] = contenders
  return {
    suite: 'read',
    workload: `reading a socket, ${shape}`,
    unit: 'requests/s',
    better: 'more',
    contenders: contenders.map(({ name, requestsPerSecond, callsPerRequest, cpuUsPerRequest }) => ({
      name,
      samples: requestsPerSecond,
      extra: {
        ...(callsPerRequest.length > 0 && { 'reads per request': medianOf(callsPerRequest) }),
        'µs CPU per request': medianOf(cpuUsPerRequest),
      },
    })),
    ratios: others.map(({ name, requestsPerSecond }) => ({
      numerator: first!.name,
      denominator: name,
      values: first!.requestsPerSecond.map((value, round) => value / requestsPerSecond[round]!),
    })),
    note: `Requests by ${load.name} on ${CONNECTIONS} keep-alive connections for a file of ${FILE_BYTES} bytes. All four contenders are statewire's server and parser.`,
  }
}
