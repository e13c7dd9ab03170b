import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Omission } from '../../report/result.ts'
import { ROOT } from '../../root.ts'
import { programPath } from '../../server/programs.ts'
import { digestOf } from '../head-readers/head-reader.ts'
import type { Shape } from '../requests.ts'
import type { TimedProgram } from '../work.ts'

const NAME = 'picohttpparser, C, scalar'
const HARNESS = join(ROOT, 'bench/micro/picohttpparser/time.c')
const WARM_UP_MS = 10

/** What C comes to without its SIMD, where the source is to be had: it is not ours, and no package of npm brings it. */
export function picohttpparser(shape: Shape): TimedProgram | Omission {
  const folder = process.env.PICOHTTPPARSER
  const cc = programPath('cc', 'gcc', 'clang')
  if (folder === undefined || !existsSync(join(folder, 'picohttpparser.c')))
    return {
      name: NAME,
      why: 'set PICOHTTPPARSER to the folder of picohttpparser.c, which is in the source of h2o (in Debian: apt-get source h2o)',
    }
  if (cc === undefined)
    return { name: NAME, why: 'it needs a C compiler: apt-get install gcc libc6-dev' }
  const work = mkdtempSync(join(tmpdir(), 'statewire-picohttpparser-'))
  const program = join(work, 'time')
  const heads = join(work, 'heads')
  execFileSync(cc, ['-O2', '-I', folder, '-o', program, HARNESS, join(folder, 'picohttpparser.c')])
  writeFileSync(heads, shape.variants.join(''), 'latin1')
  const expected = shape.variants.reduce((sum, text) => sum + digestOfText(text), 0)
  return {
    name: NAME,
    time(timeMs) {
      execFileSync(program, [heads, `${WARM_UP_MS}`])
      const [ns, digest] = execFileSync(program, [heads, `${timeMs}`], { encoding: 'utf8' }).split(
        ' ',
      )
      if (Number(digest) !== expected)
        throw new Error(`${NAME} comes to ${digest} in the place of ${expected}`)
      return Number(ns)
    },
  }
}

function digestOfText(text: string): number {
  const fields = text.split('\r\n').length - 3
  return digestOf(fields, text.split(' ', 2)[1]!.length, 0)
}
