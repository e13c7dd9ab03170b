import type { Coding } from '#src/response/content-coding.js'
import type { Config } from '#src/server/config/config.js'
import { parseOptions } from '#src/server/config/load-config.js'
import { generateClient } from './generate-client.ts'
import { Random } from './random.ts'
import type { ChangePlan, ClockJumpPlan, FaultPlan, Scenario } from './scenario.ts'
import { CHANGING_FILES, contentOf, REMOVABLE_FILES, REPLACED_FILES, ROOT } from './site-files.ts'

const DEFAULTS: Config = parseOptions(
  { root: ROOT },
  { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1064 },
)

const KIB = 1024
const CODINGS: readonly (readonly Coding[])[] = [['br', 'gzip'], ['br', 'zstd', 'gzip'], ['gzip']]

/** Settings with which most responses are cached, if requests repeat. */
const CACHING = { memoryBytesMax: 1024 * KIB, memoryFileBytesMax: 64 * KIB, revalidateMs: 1000 }

/** Returns the scenario of a seed. */
export function generate(seed: number): Scenario {
  const random = new Random(seed, 0)
  const isSlow = random.chance(0.15)
  const isCaching = random.chance(0.15)
  const config = isCaching ? { ...configOf(random), ...CACHING } : configOf(random)
  const spanUs = isCaching ? 2_000_000 : random.pick([20_000, 300_000, 2_000_000])
  const clients = isCaching ? 4 : random.pick([1, 1, 2, 2, 3, 4])
  return {
    seed,
    config,
    codings: random.pick(CODINGS),
    granularityMs: random.pick([1, 1, 4, 1000]),
    operationUsMax: isSlow ? random.pick([20_000, 200_000]) : random.pick([200, 1000, 5000]),
    files: filesOf(random),
    clients: Array.from({ length: clients }, (_, number) =>
      generateClient(seed, number, spanUs, config, isCaching),
    ),
    changes: changesOf(new Random(seed, 1), spanUs),
    faults: faultsOf(new Random(seed, 2)),
    clockJumps: clockJumpsOf(new Random(seed, 3), spanUs),
    drain: random.chance(0.2) ? { id: 'drain', atUs: random.below(2 * spanUs) } : undefined,
  }
}

function configOf(random: Random): Config {
  const ms = (...choices: number[]): number => random.pick(choices)
  return {
    ...DEFAULTS,
    endpoints: ['echo', 'user-agent', 'sleep', 'files'],
    memoryBytesMax: random.pick([0, 8 * KIB, 64 * KIB, 1024 * KIB]),
    memoryFileBytesMax: random.pick([0, 2 * KIB, 32 * KIB, 64 * KIB]),
    revalidateMs: random.pick([0, 20, 200, 1000]),
    compressionsMax: random.pick([0, 1, 1, 2]),
    etag: random.pick(['auto', 'content']),
    symlinks: random.pick(['inside', 'never', 'anywhere']),
    fileAccess: random.pick(['direct', 'threads']),
    uploadConflict: random.pick(['replace', 'refuse', 'rename']),
    uploadBytesMax: 4 * KIB,
    contentBytesMax: 2 * KIB,
    discardBytesMax: random.pick([0, KIB, 64 * KIB]),
    queuedBytesMax: 64 * KIB,
    requestLineBytesMax: 400,
    fieldsBytesMax: 2 * KIB,
    connectionsMax: random.chance(0.1) ? 1 : 64,
    sleepMs: ms(0, 50, 300),
    headTimeoutMs: ms(250, 1000),
    contentTimeoutMs: ms(250, 1000),
    writeTimeoutMs: ms(300, 1000),
    idleTimeoutMs: ms(400, 1500, 30_000),
    lingerTimeoutMs: ms(0, 100, 500),
    lingerTotalMs: ms(0, 300, 1000),
    halfClosedTimeoutMs: ms(150, 1000),
    drainTimeoutMs: ms(300, 2000, 10_000),
    drainIdleMs: ms(0, 200),
  }
}

function filesOf(random: Random): Scenario['files'] {
  const file = (name: string, bytes: number) => ({
    path: `${ROOT}/${name}`,
    bytes: contentOf(random.below(2 ** 31), bytes),
    ageMs: random.pick([200, 5000, 86_400_000]),
  })
  const sized = (...sizes: number[]): number => random.pick(sizes)
  return [
    file('a.js', sized(900, 1500, 5000, 20_000)),
    file('b.png', sized(1, 3000)),
    file('big.bin', sized(20_000, 70_000, 200_000)),
    file('c.txt', sized(2000, 4000)),
    file('c.txt.gz', 1000),
    file('d.css', sized(0, 1200)),
    file('index.html', 700),
    file('page.html', 1400),
    file('docs/index.html', 60),
  ]
}

const CHANGES: readonly ChangePlan['kind'][] = [
  'replace',
  'replace',
  'rewrite',
  'same size',
  'grow',
  'truncate',
  'remove',
  'touch',
  'put back',
  'chmod',
]

function changesOf(random: Random, spanUs: number): ChangePlan[] {
  const count = random.pick([0, 0, 1, 2, 5, 12])
  const favourite = random.pick(CHANGING_FILES)
  return Array.from({ length: count }, (_, number) => {
    const name = random.chance(0.6)
      ? favourite
      : random.pick([...CHANGING_FILES, ...REPLACED_FILES])
    const kind = REPLACED_FILES.includes(name) ? 'replace' : random.pick(CHANGES)
    return {
      id: `f${number}`,
      atUs: random.below(spanUs),
      path: `${ROOT}/${name}`,
      kind: kind === 'remove' && !REMOVABLE_FILES.includes(name) ? 'replace' : kind,
      bytes: random.pick([0, 10, 1100, 3000, 30_000]),
      seed: random.below(2 ** 31),
    } as const
  })
}

const OPERATIONS = [
  'open',
  'open',
  'read',
  'read',
  'lstat',
  'fstat',
  'close',
  'realpath',
  'realpathOf',
  'compress',
  'write',
]
const RARE_OPERATIONS = ['create', 'fsync', 'rename', 'link', 'remove']

function faultsOf(random: Random): FaultPlan[] {
  const count = random.pick([0, 0, 0, 1, 2, 6])
  return Array.from({ length: count }, (_, number) => {
    const operation = random.chance(0.85) ? random.pick(OPERATIONS) : random.pick(RARE_OPERATIONS)
    return {
      id: `e${number}`,
      operation,
      nth: random.below(operation === 'lstat' ? 60 : 15),
      code: random.pick(faultCodesOf(operation)),
    }
  })
}

function faultCodesOf(operation: string): readonly FaultPlan['code'][] {
  if (operation === 'read') return ['EIO', 'short', 'short', 'late']
  return operation === 'open' ? ['EMFILE', 'ENOENT', 'EIO', 'late'] : ['EIO', 'late']
}

function clockJumpsOf(random: Random, spanUs: number): ClockJumpPlan[] {
  const count = random.pick([0, 0, 0, 1, 3])
  return Array.from({ length: count }, (_, number) => {
    const jump = { id: `j${number}`, atUs: random.below(spanUs) }
    return random.chance(0.5)
      ? { ...jump, kind: 'stall', us: random.pick([5000, 150_000, 3_000_000]) }
      : { ...jump, kind: 'wall', ms: random.pick([-3_600_000, -900, 700, 60_000]) }
  })
}
