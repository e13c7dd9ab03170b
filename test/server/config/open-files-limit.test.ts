import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { openFilesSoftLimit } from '../../../src/server/config/open-files-limit.ts'

it('openFilesSoftLimit agrees with the shell', () => {
  const limit = execFileSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' }).trim()
  expect(openFilesSoftLimit()).toBe(
    limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit),
  )
})
