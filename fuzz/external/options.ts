import { parseArgs } from 'node:util'
import { durationUnits, parseQuantity } from '#src/server/config/quantity.js'
import { isLoopback } from './loopback.ts'

/** The options of `statewire-fuzz`. */
export type Options = {
  readonly url: URL
  /** The host name or address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly timeMs: number
  readonly deadlineMs: number
  readonly seed: number
  readonly paths: readonly string[]
  readonly isJson: boolean
}

export type CommandLine =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string }

export const HELP = `statewire-fuzz: fuzzes an HTTP/1.1 server from outside

Usage: statewire-fuzz http://127.0.0.1:8080 [FLAGS]

  --time 60s            how long to run
  --seed N              seed of the random inputs; by default random, and printed
  --deadline 2s         how long the server may take to respond or to close the connection
  --path /a             explore this target too, besides those that / links to; repeatable
  --json                print one JSON document at the end instead of text
  --i-own-this-host     allow a host that is not this machine

Exit codes: 0 no finding, 1 findings, 2 could not run, 130 after Ctrl-C.
`

const FLAGS = {
  time: { type: 'string', default: '60s' },
  seed: { type: 'string' },
  deadline: { type: 'string', default: '2s' },
  path: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
  'i-own-this-host': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export function parseOptions(argv: readonly string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: FLAGS,
      allowPositionals: true,
    })
    if (values.help) return { kind: 'help' }
    return { kind: 'run', options: optionsOf(values, positionals) }
  } catch (error) {
    return { kind: 'invalid', problem: (error as Error).message }
  }
}

type Values = Omit<ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'], never>

function optionsOf(values: Values, positionals: readonly string[]): Options {
  if (positionals.length !== 1) throw new Error('one URL is needed, such as http://127.0.0.1:8080')
  const [given] = positionals
  if (!URL.canParse(given!)) throw new Error(`${given} is not a URL`)
  const url = new URL(given!)
  if (url.protocol !== 'http:') throw new Error(`${given}: only http: URLs can be fuzzed`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (!isLoopback(host) && !values['i-own-this-host'])
    throw new Error(
      `${host} is not this machine. Fuzzing can take a server down: add --i-own-this-host if you may do so`,
    )
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  if (!Number.isSafeInteger(seed))
    throw new Error(`--seed ${values.seed}: must be a whole number, such as 42`)
  for (const path of values.path)
    if (!/^\/[!-~]*$/.test(path))
      throw new Error(`--path ${path}: must begin with "/" and have no spaces, such as /a.txt`)
  return {
    url,
    host,
    port: Number(url.port || 80),
    timeMs: duration('time', values.time),
    deadlineMs: duration('deadline', values.deadline),
    seed,
    paths: values.path,
    isJson: values.json,
  }
}

function duration(flag: string, text: string): number {
  const ms = parseQuantity(text, durationUnits)
  if (ms === undefined || ms === 0)
    throw new Error(`--${flag} ${text}: must be a duration, such as 60s or 10m`)
  return ms
}
