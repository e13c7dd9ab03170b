import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** CPU time and memory of a process and its descendants, over all their threads. */
export type ProcessUsage = {
  readonly userUs: number
  readonly systemUs: number
  readonly residentBytes: number
}

/** The unit of the times in /proc/PID/stat. */
let tickUs: number | undefined

function usPerTick(): number {
  tickUs ??= 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return tickUs
}

/**
 * Reads the usage of a process and its descendants; proc(5). The CPU time of descendants that have
 * exited is included in their parents'.
 */
export function usageOf(pid: number): ProcessUsage {
  const all = new Map<number, Stat>()
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name)) {
      const stat = statOf(Number(name))
      if (stat !== undefined) all.set(Number(name), stat)
    }
  const tree = [...all]
    .filter(([one]) => descends(one, pid, all))
    .map(([one, stat]) => ({ one, stat }))
  if (tree.length === 0) throw new Error(`process ${pid} is gone`)
  const sum = (value: (stat: Stat) => number): number =>
    tree.reduce((total, { stat }) => total + value(stat), 0)
  return {
    userUs: sum(({ userTicks }) => userTicks) * usPerTick(),
    systemUs: sum(({ systemTicks }) => systemTicks) * usPerTick(),
    residentBytes: tree.reduce((total, { one }) => total + residentBytesOf(one), 0),
  }
}

export type Stat = {
  readonly parent: number
  readonly userTicks: number
  readonly systemTicks: number
}

function statOf(pid: number): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/**
 * Parses /proc/PID/stat. The process name is in brackets and may itself contain brackets and
 * spaces, so the fields are counted from the last bracket.
 */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // The array begins with the third field, the state. utime is the 14th, followed by stime, cutime
  // and cstime.
  const field = (number: number): number => Number(fields[number - 3])
  return { parent: field(4), userTicks: field(14) + field(16), systemTicks: field(15) + field(17) }
}

function descends(pid: number, from: number, all: ReadonlyMap<number, Stat>): boolean {
  for (let one: number | undefined = pid; one !== undefined && one > 1; one = all.get(one)?.parent)
    if (one === from) return true
  return false
}

function residentBytesOf(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return Number(kib ?? 0) * 1024
  } catch {
    return 0
  }
}

/** How often memory is sampled. */
const SAMPLE_MS = 100

/** Samples the resident memory of a process and its descendants, and returns the largest sample. */
export async function largestResidentBytes(
  pid: number,
  forMs: number,
  signal: AbortSignal,
): Promise<number> {
  const end = performance.now() + forMs
  let most = usageOf(pid).residentBytes
  while (performance.now() < end) {
    await setTimeout(SAMPLE_MS, undefined, { signal })
    most = Math.max(most, usageOf(pid).residentBytes)
  }
  return most
}
