import { combineSources } from './combine-sources.ts'
import { parseCommandLine } from './command-line.ts'
import type { ConfigEnvironment } from './config-environment.ts'
import {
  asCode,
  ConfigError,
  type ConfigIssue,
  nearest,
  type SourceLocation,
} from './config-issue.ts'
import { ConfigSource, type ParsedSource } from './config-source.ts'
import { helpText } from './help.ts'
import type { KeyPath, RawRules } from './parse-rules.ts'
import { printedConfig } from './printed-config.ts'
import type { Config, Options } from './settings.ts'
import { namesIn } from './settings-table.ts'
import { parseTomlFile, type TomlFile } from './toml-file.ts'
import { parseVariables, type Variables } from './variables.ts'

const RULES = 'rules'
const HOSTS = 'hosts'

export type ConfigInput = ConfigEnvironment & {
  /** The arguments, without the runtime and the script. */
  readonly argv: readonly string[]
  readonly env: Variables
}

/** What the command should do. */
export type LoadResult =
  | { readonly kind: 'run'; readonly config: Config }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'invalid'; readonly issues: readonly ConfigIssue[] }

/**
 * Loads the configuration of the command. Each source is parsed separately, so that all issues are
 * reported together. Flags override variables, those the file, and that the defaults.
 */
export async function loadConfig(input: ConfigInput): Promise<LoadResult> {
  const flags = parseCommandLine(input.argv, input.cwd)
  // These work even if other arguments are invalid.
  if (flags.given.has('help')) return { kind: 'print', text: helpText() }
  if (flags.given.has('version')) return { kind: 'version' }

  const variables = parseVariables(input.env, input.cwd)
  const file = await parseTomlFile(fileNamedBy([flags, variables]), input.cwd)

  const { issues, config, locations } = combineSources([flags, variables, file], input)
  if (issues.length > 0) return { kind: 'invalid', issues }
  if (flags.values.printConfig) return { kind: 'print', text: printedConfig(config, locations) }
  return { kind: 'run', config }
}

function fileNamedBy(sources: readonly ParsedSource[]): TomlFile {
  const source = sources.find(({ values }) => values.config !== undefined)
  return source === undefined
    ? { name: 'statewire.toml', namedBy: undefined }
    : { name: source.values.config as string, namedBy: source.locations.config }
}

/**
 * The configuration of `serve()`: the same settings and checks, but in an object.
 *
 * @throws ConfigError with all issues.
 */
export function configFromOptions(options: Options, environment: ConfigEnvironment): Config {
  const known = namesIn('option')
  const source = new ConfigSource(environment.cwd)
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue
    const name = known.find(name => name === key)
    if (key === RULES) {
      source.addRules(rulesInCode(key, value))
    } else if (key === HOSTS) {
      source.addHosts(rulesInCode(key, value))
    } else if (name !== undefined) {
      source.addValue(name, key, value)
    } else {
      source.addIssue({
        location: key,
        value: asCode(value),
        message: 'is not a known option',
        suggestion: nearest(key, [...known, RULES, HOSTS]),
      })
    }
  }
  const { issues, config } = combineSources([source.parse()], environment)
  if (issues.length > 0) throw new ConfigError(issues)
  return config
}

/** Locations are in the syntax of JavaScript: `rules.redirects[0].status`. */
function rulesInCode(name: string, value: unknown): RawRules {
  const locate = (path: KeyPath): SourceLocation | undefined => {
    let part: unknown = value
    for (const key of path) part = isObject(part) ? part[key] : undefined
    if (part === undefined) return undefined
    const keys = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    return { location: name + keys.join(''), value: asCode(part) }
  }
  return { value, locate }
}

function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null
}
