import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import type { Machine } from './run.ts'

/** Describes this machine; `loadBefore` is the load average when the run began. */
export function describeMachine(root: string, loadBefore: number): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    ...commitOf(root),
    loadBefore,
    loadAfter: loadOfMinute(),
  }
}

export function loadOfMinute(): number {
  return Number(loadavg()[0]!.toFixed(2))
}

function commitOf(root: string): Pick<Machine, 'commit'> {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    const changed =
      git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'bench') !== ''
    return { commit: git('rev-parse', '--short', 'HEAD') + (changed ? ', changed' : '') }
  } catch {
    return {}
  }
}
