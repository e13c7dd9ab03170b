import { spawnSync } from 'node:child_process'
import type { Contender } from './contender.ts'

/**
 * Gets what is missing: packages of npm into bench, Debian's packages as root. What cannot be had is told
 * by its version afterwards, so a failure here says nothing.
 */
export function install(contenders: readonly Contender[]): void {
  for (const { name, version, howToGet } of contenders) {
    if (version() !== undefined) continue
    const [command = '', ...args] = howToGet.split(' ')
    const isForRoot = command === 'apt-get'
    if (isForRoot && process.getuid?.() !== 0) continue
    if (!isForRoot && !howToGet.endsWith('--prefix bench')) continue
    console.log(`${name} is missing: ${howToGet}`)
    if (isForRoot) run(command, ['update', '-qq'])
    run(command, isForRoot ? ['-qq', '-y', '--no-install-recommends', ...args] : args)
  }
}

function run(command: string, args: readonly string[]): void {
  spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
