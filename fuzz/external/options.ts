import { parseArgs } from 'node:util'
import { durationUnits, parseQuantity } from '#src/server/config/quantity.js'
import { isLoopback } from './loopback.ts'

/** What the command line asks for. */
export type Options = {
  readonly url: URL
  /** Without the brackets of IPv6. */
  readonly host: string
  readonly port: number
  readonly timeMs: number
  readonly deadlineMs: number
  readonly seed: number
  readonly paths: readonly string[]
  readonly isJson: boolean
}

export type Asked =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string }

export const HELP = `statewire-fuzz: fuzzes an HTTP/1.1 server from outside

Usage: statewire-fuzz http://127.0.0.1:8080 [FLAGS]

  --time 60s            how long
  --seed N              what random inputs are made from; one is chosen and told without it
  --deadline 2s         how long the server may take to answer or close
  --path /a             a target to know, besides those that / links to; may be given several times
  --json                one JSON document on stdout, at the end
  --i-own-this-host     for a host that is not this machine

It ends with 0 where nothing was found, 1 with findings, 2 where it could not run, and 130 after Ctrl-C.
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

export function readOptions(argv: readonly string[]): Asked {
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
      `${host} is not this machine. Fuzzing can take a server down: --i-own-this-host says that you may do so`,
    )
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed is a whole number, not ${values.seed}`)
  for (const path of values.path)
    if (!/^\/[!-~]*$/.test(path))
      throw new Error(`--path ${path} does not begin with "/" or has a space`)
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
    throw new Error(`--${flag} is a duration such as 60s or 10m, not ${text}`)
  return ms
}
