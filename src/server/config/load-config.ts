// Each source is read and checked by itself, so that everything wrong is told at once; then they are laid over
// each other: command line, environment, file, defaults.

import { combine } from './combine-sources.ts'
import { readCommandLine } from './command-line.ts'
import { asCode, ConfigError, type ConfigIssue, nearest } from './config-issue.ts'
import { ConfigSource, type ParsedSource } from './config-source.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { helpText } from './help.ts'
import type { Path, RawRules, SourceLocation } from './parse-rules.ts'
import { printedConfig } from './printed-config.ts'
import { type Config, type ConfigEnvironment, namesIn, type Options } from './settings.ts'
import { readTomlFile, type TomlFile } from './toml-file.ts'

const RULES = 'rules'
const HOSTS = 'hosts'

export type ConfigInput = ConfigEnvironment & {
  readonly argv: readonly string[]
  readonly env: Environment
}

export type ConfigOutcome =
  | { readonly kind: 'run'; readonly config: Config }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigIssue[] }

/** `argv` is without the runtime and the script. */
export async function loadConfig(input: ConfigInput): Promise<ConfigOutcome> {
  const commandLine = readCommandLine(input.argv, input.cwd)
  // Who asks for help gets it, whatever else is wrong.
  if (commandLine.has('help')) return { kind: 'print', text: helpText() }
  if (commandLine.has('version')) return { kind: 'version' }

  const flags = commandLine.check()
  const variables = readEnvironment(input.env, input.cwd).check()
  const file = (await readTomlFile(fileNamedBy([flags, variables]), input.cwd)).check()

  const { problems, config, sources } = combine([flags, variables, file], input)
  if (problems.length > 0) return { kind: 'invalid', problems }
  if (flags.values.printConfig) return { kind: 'print', text: printedConfig(config, sources) }
  return { kind: 'run', config }
}

function fileNamedBy(readings: readonly ParsedSource[]): TomlFile {
  const reading = readings.find(({ values }) => values.config !== undefined)
  return reading === undefined
    ? { name: 'statewire.toml', namedBy: undefined }
    : { name: reading.values.config as string, namedBy: reading.sources.config }
}

/** For the library: the same settings, checked in the same way, from an object. */
export function configFromOptions(options: Options, facts: ConfigEnvironment): Config {
  const known = namesIn('option')
  const layer = new ConfigSource(facts.cwd)
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue
    const name = known.find(name => name === key)
    if (key === RULES) {
      layer.addRules(writtenInCode(key, value))
    } else if (key === HOSTS) {
      layer.addHosts(writtenInCode(key, value))
    } else if (name !== undefined) {
      layer.addValue(name, key, value)
    } else {
      const suggestion = nearest(key, [...known, RULES, HOSTS])
      layer.addProblem({
        source: key,
        value: asCode(value),
        allowed: 'is not a known option',
        suggestion,
      })
    }
  }
  const { problems, config } = combine([layer.check()], facts)
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

/** `rules.redirects[0].status 999`. */
function writtenInCode(name: string, value: unknown): RawRules {
  const locate = (path: Path): SourceLocation | undefined => {
    let part: unknown = value
    for (const key of path) part = isObject(part) ? part[key] : undefined
    if (part === undefined) return undefined
    const keys = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    return { source: name + keys.join(''), value: asCode(part) }
  }
  return { value, locate }
}

function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null
}
