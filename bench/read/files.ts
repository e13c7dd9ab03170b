import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PartOptions, Result } from '../report/result.ts'
import { medianOf } from '../report/statistics.ts'
import { buffered, byByte, byLine, type FileReader, type Text } from './file-readers.ts'
import { ReadCalls } from './system-calls.ts'

const KIB = 1024
const MIB = KIB * KIB
const LINE = 'The quick brown fox jumps over the lazy dog, and the dog lets it, number '
const NS_PER_MS = 1e6

/** What all others are compared with: what BufReader of Rust has. */
const STANDARD = 'buffered, 8 KiB'
const NOTE =
  'Unbuffered readers read a part of the file, so that they come to an end. The essay measured buffered reading of lines 4.95 times (debug) and 23.6 times (release) as fast, in Rust.'

type Contender = {
  readonly name: string
  readonly read: FileReader
  readonly bytes: number
  readonly nsPerByte: number[]
  readonly callsPerKib: number[]
}

/** A large text file, byte by byte: with a system call for each, and out of buffers. */
export async function benchFiles({
  quick,
  rounds,
  signal,
  progress,
}: PartOptions): Promise<Result> {
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
      [...new Set(contenders.map(one => one.bytes))].map(n => [n, readPlainly(text, n)]),
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

/** How many steps there will be, and how long each takes about. */
export function fileSteps({ quick, rounds }: Pick<PartOptions, 'quick' | 'rounds'>): {
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
  expected: Text,
  calls: ReadCalls | undefined,
): Promise<void> {
  const descriptor = openSync(path, 'r')
  try {
    const run = (): void => {
      const begunMs = performance.now()
      const text = read(descriptor, bytes)
      nsPerByte.push(((performance.now() - begunMs) * NS_PER_MS) / bytes)
      if (text.lines !== expected.lines || text.sum !== expected.sum)
        throw new Error(`${name} has read something else than is in the file`)
    }
    if (calls === undefined) run()
    else callsPerKib.push(((await calls.during(run)) * KIB) / bytes)
  } finally {
    closeSync(descriptor)
  }
}

function readPlainly(text: Buffer, bytes: number): Text {
  const part = text.subarray(0, bytes)
  return {
    lines: part.toString('latin1').split('\n').length - 1,
    sum: part.reduce((sum, byte) => (sum + byte) | 0, 0),
  }
}

function resultOf(contenders: readonly Contender[]): Result {
  const standard = contenders.find(({ name }) => name === STANDARD)!
  return {
    part: 'read',
    work: 'reading a file',
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
      .filter(one => one !== standard)
      .map(({ name, nsPerByte }) => ({
        of: name,
        to: STANDARD,
        values: nsPerByte.map((ns, round) => ns / standard.nsPerByte[round]!),
      })),
    note: NOTE,
  }
}
