import { spawnSync } from 'node:child_process'
import type { Contender } from './contender.ts'

/**
 * Installs missing contenders: npm packages into bench, Debian packages if this is root. Failures
 * are ignored, because a contender that is still missing has no version, and is then reported.
 */
export function install(contenders: readonly Contender[]): void {
  for (const { name, version, installCommand } of contenders) {
    if (version() !== undefined) continue
    const [command = '', ...args] = installCommand.split(' ')
    const needsRoot = command === 'apt-get'
    if (needsRoot && process.getuid?.() !== 0) continue
    if (!needsRoot && !installCommand.endsWith('--prefix bench')) continue
    console.log(`${name} is missing: ${installCommand}`)
    if (needsRoot) run(command, ['update', '-qq'])
    run(command, needsRoot ? ['-qq', '-y', '--no-install-recommends', ...args] : args)
  }
}

function run(command: string, args: readonly string[]): void {
  spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
