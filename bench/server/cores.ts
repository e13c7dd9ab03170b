import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The cores of the server and of everything else; undefined if only one core is available. */
export type Cores =
  | {
      readonly all: string
      readonly server: string
      readonly load: string
      readonly loadCount: number
    }
  | undefined

/** Reserves the first core that this process may use for the server. */
export function chooseCores(): Cores {
  const allowed = parseCoreList(
    /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '',
  )
  const [server, ...load] = allowed
  if (server === undefined || load.length === 0) return undefined
  return {
    all: allowed.join(','),
    server: `${server}`,
    load: load.join(','),
    loadCount: load.length,
  }
}

/** `0-2,5` → 0 1 2 5 */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap(range => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? []
    if (from === undefined) return []
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i)
  })
}

/** Pins this process, and the processes that it starts from now on. */
export function moveThisProcessTo(cores: string): void {
  execFileSync('taskset', ['-a', '-p', '-c', cores, `${process.pid}`], { stdio: 'ignore' })
}

/** Prefixes a command so that it runs on a core; unchanged if the core is undefined. */
export function pinned(core: string | undefined, command: readonly string[]): string[] {
  return core === undefined ? [...command] : ['taskset', '-c', core, ...command]
}
