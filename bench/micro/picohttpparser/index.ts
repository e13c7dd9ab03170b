import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Omission } from '../../report/result.ts'
import { ROOT } from '../../root.ts'
import { programPath } from '../../server/programs.ts'
import { checksumOf } from '../parsers/adapter.ts'
import type { Shape } from '../requests.ts'
import type { TimedProgram } from '../workload.ts'

const NAME = 'picohttpparser, C, scalar'
const HARNESS = join(ROOT, 'bench/micro/picohttpparser/time.c')
const WARM_UP_MS = 10

/**
 * Compiles picohttpparser without SIMD, if its source is available. No npm package contains it.
 * @returns an omission if it cannot be compiled here.
 */
export function picohttpparser(shape: Shape): TimedProgram | Omission {
  const source = process.env.PICOHTTPPARSER
  const cc = programPath('cc', 'gcc', 'clang')
  if (source === undefined || !existsSync(join(source, 'picohttpparser.c')))
    return {
      name: NAME,
      reason:
        'set PICOHTTPPARSER to the folder of picohttpparser.c, which is in the source of h2o (in Debian: apt-get source h2o)',
    }
  if (cc === undefined)
    return { name: NAME, reason: 'it needs a C compiler: apt-get install gcc libc6-dev' }
  const folder = mkdtempSync(join(tmpdir(), 'statewire-picohttpparser-'))
  const program = join(folder, 'time')
  const heads = join(folder, 'heads')
  execFileSync(cc, ['-O2', '-I', source, '-o', program, HARNESS, join(source, 'picohttpparser.c')])
  writeFileSync(heads, shape.variants.join(''), 'latin1')
  const expected = shape.variants.reduce((sum, text) => sum + checksumOfText(text), 0)
  return {
    name: NAME,
    time(timeMs) {
      execFileSync(program, [heads, `${WARM_UP_MS}`])
      const [ns, checksum] = execFileSync(program, [heads, `${timeMs}`], {
        encoding: 'utf8',
      }).split(' ')
      if (Number(checksum) !== expected)
        throw new Error(`${NAME} returned ${checksum} instead of ${expected}`)
      return Number(ns)
    },
  }
}

function checksumOfText(text: string): number {
  const fields = text.split('\r\n').length - 3
  return checksumOf(fields, text.split(' ', 2)[1]!.length, 0)
}
