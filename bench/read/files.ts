import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result, SuiteOptions } from '../report/result.ts'
import { medianOf } from '../report/statistics.ts'
import { buffered, byByte, byLine, type FileReader, type TextSummary } from './file-readers.ts'
import { ReadCalls } from './system-calls.ts'

const KIB = 1024
const MIB = KIB * KIB
const LINE = 'The quick brown fox jumps over the lazy dog, and the dog lets it, number '
const NS_PER_MS = 1e6

/** The others are compared with this one, which has the buffer size of Rust's BufReader. */
const BASELINE = 'buffered, 8 KiB'
const NOTE =
  'Unbuffered readers read only the first part of the file, to save time. In the Rust essay that this repeats, buffered reading of lines was 4.95 times (debug) and 23.6 times (release) as fast.'

type Contender = {
  readonly name: string
  readonly read: FileReader
  readonly bytes: number
  readonly nsPerByte: number[]
  readonly callsPerKib: number[]
}

/** Reads a large text file byte by byte: with one system call per byte, and from buffers. */
export async function benchFiles({
  quick,
  rounds,
  signal,
  progress,
}: SuiteOptions): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-read-'))
  try {
    const path = join(folder, 'text.txt')
    const fileBytes = quick ? 16 * MIB : 64 * MIB
    const text = Buffer.alloc(
      fileBytes,
      Array.from({ length: 1000 }, (_, i) => `${LINE}${i}\n`).join(''),
    )
    writeFileSync(path, text)
    const contenders = contendersFor(fileBytes, quick ? 128 * KIB : 512 * KIB)
    const expected = new Map(
      [...new Set(contenders.map(one => one.bytes))].map(n => [n, summaryOf(text, n)]),
    )
    const calls = ReadCalls.of(process.pid)
    const count = rounds ?? (quick ? 5 : 11)
    for (let round = 1; round <= count; round++)
      for (let turn = 0; turn < contenders.length; turn++) {
        signal.throwIfAborted()
        const contender = contenders[(turn + round) % contenders.length]!
        progress.step(
          `reading a file, round ${round} of ${count}: ${contender.name}`,
          stepSeconds(quick),
        )
        await measure(contender, path, expected.get(contender.bytes)!, calls)
        await new Promise(resolve => setImmediate(resolve))
      }
    return resultOf(contenders)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How many steps there are, and roughly how long they take together. */
export function fileSteps({ quick, rounds }: Pick<SuiteOptions, 'quick' | 'rounds'>): {
  steps: number
  seconds: number
} {
  const steps = contendersFor(0, 0).length * (rounds ?? (quick ? 5 : 11))
  return { steps, seconds: steps * stepSeconds(quick) }
}

const stepSeconds = (quick: boolean): number => (quick ? 0.1 : 0.3)

function contendersFor(fileBytes: number, partBytes: number): Contender[] {
  const one = (name: string, read: FileReader, bytes: number): Contender => {
    return { name, read, bytes, nsPerByte: [], callsPerKib: [] }
  }
  return [
    one('unbuffered, by byte', byByte, partBytes),
    one('unbuffered, by line', byLine, partBytes),
    ...[4, 8, 64, 256].map(kib => one(`buffered, ${kib} KiB`, buffered(kib * KIB), fileBytes)),
    one('buffered, 1 MiB', buffered(MIB), fileBytes),
  ]
}

async function measure(
  { name, read, bytes, nsPerByte, callsPerKib }: Contender,
  path: string,
  expected: TextSummary,
  calls: ReadCalls | undefined,
): Promise<void> {
  const descriptor = openSync(path, 'r')
  try {
    const run = (): void => {
      const startedMs = performance.now()
      const text = read(descriptor, bytes)
      nsPerByte.push(((performance.now() - startedMs) * NS_PER_MS) / bytes)
      if (text.lines !== expected.lines || text.sum !== expected.sum)
        throw new Error(`${name} read something other than the content of the file`)
    }
    if (calls === undefined) run()
    else callsPerKib.push(((await calls.during(run)) * KIB) / bytes)
  } finally {
    closeSync(descriptor)
  }
}

function summaryOf(text: Buffer, bytes: number): TextSummary {
  const part = text.subarray(0, bytes)
  return {
    lines: part.toString('latin1').split('\n').length - 1,
    sum: part.reduce((sum, byte) => (sum + byte) | 0, 0),
  }
}

function resultOf(contenders: readonly Contender[]): Result {
  const baseline = contenders.find(({ name }) => name === BASELINE)!
  return {
    suite: 'read',
    workload: 'reading a file',
    unit: 'ns/byte',
    better: 'less',
    contenders: contenders.map(({ name, nsPerByte, callsPerKib }) => ({
      name,
      samples: nsPerByte,
      extra: {
        'MB/s': 1000 / medianOf(nsPerByte),
        ...(callsPerKib.length > 0 && { 'system calls per KiB': medianOf(callsPerKib) }),
      },
    })),
    ratios: contenders
      .filter(one => one !== baseline)
      .map(({ name, nsPerByte }) => ({
        numerator: name,
        denominator: BASELINE,
        values: nsPerByte.map((ns, round) => ns / baseline.nsPerByte[round]!),
      })),
    note: NOTE,
  }
}
