import { combineSources } from './combine-sources.ts'
import { parseCommandLine } from './command-line.ts'
import type { Config } from './config.ts'
import {
  asCode,
  ConfigError,
  type ConfigIssue,
  entryOf,
  type KeyPath,
  nearest,
  partAt,
  type RawValue,
} from './config-issue.ts'
import { ConfigSource, type RawSites } from './config-source.ts'
import { helpText } from './help.ts'
import { printedConfig } from './printed-config.ts'
import type { ConfigOptions } from './rule-options.ts'
import { type ConfigEnvironment, namesIn } from './settings.ts'
import { parseTomlFile } from './toml-file.ts'
import { parseVariables, type Variables } from './variables.ts'

export type ConfigInput = ConfigEnvironment & {
  /** The arguments, without the runtime and the script. */
  readonly argv: readonly string[]
  readonly env: Variables
}

/** What the command should do. */
export type LoadResult =
  | {
      readonly kind: 'run'
      readonly config: Config
      /** Where each root was given, by its path. */
      readonly rootLocations: ReadonlyMap<string, string>
    }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'invalid'
      readonly issues: readonly ConfigIssue[]
      /** Where the user finds what is valid. */
      readonly help: readonly string[]
    }

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
  const naming = [flags, variables].find(({ values }) => values.config !== undefined)
  const file = await parseTomlFile(input.cwd, naming?.given.get('config'))

  const sources = [flags, variables, file]
  const issues = sources.flatMap(({ issues }) => issues)
  if (issues.length > 0) {
    const help = ['statewire --help lists what is allowed']
    if (sources.some(({ hasRuleIssues }) => hasRuleIssues))
      help.push('docs/rules.md describes rules and hosts')
    return { kind: 'invalid', issues, help }
  }
  const combined = combineSources(sources, input)
  if (flags.values.printConfig) return { kind: 'print', text: printedConfig(combined) }
  return { kind: 'run', config: combined.config, rootLocations: combined.rootLocations }
}

/**
 * Parses the options of `serve()`: the same settings and checks, but in an object.
 *
 * @throws ConfigError with all issues.
 */
export async function configFromOptions(
  options: ConfigOptions,
  environment: ConfigEnvironment,
): Promise<Config> {
  const hasSites = options.rules !== undefined || options.hosts !== undefined
  // Imported only then, because loading zod delays the start.
  const schemas = hasSites ? await import('./rules-schema.ts') : undefined
  return parseOptions(options, environment, schemas)
}

/** Like `configFromOptions`. The schemas are required if there are rules or hosts. */
export function parseOptions(
  options: ConfigOptions,
  environment: ConfigEnvironment,
  schemas?: RawSites['schemas'],
): Config {
  const names = namesIn('option')
  const source = new ConfigSource(environment.cwd)
  const all: RawValue = {
    value: options,
    locate: path => ({ location: pathText(path), value: asCode(partAt(options, path)) }),
  }
  for (const key of Object.keys(options)) {
    const raw = entryOf(all, key)
    const name = names.find(name => name === key)
    if (raw === undefined || key === 'rules' || key === 'hosts') continue
    if (name !== undefined) source.add(name, raw)
    else
      source.refuse(
        raw.locate([]),
        'is not a known option',
        nearest(key, [...names, 'rules', 'hosts']),
      )
  }
  const [rules, hosts] = [entryOf(all, 'rules'), entryOf(all, 'hosts')]
  const keys = new Map(names.map(name => [name, name]))
  source.parse(schemas && { rules, hosts, schemas, keys })
  if (source.issues.length > 0) throw new ConfigError(source.issues)
  return combineSources([source], environment).config
}

/** Only parts of rules are located more exactly: `rules.redirects[0].status`. */
function pathText([name, ...keys]: KeyPath): string {
  if (name !== 'rules' && name !== 'hosts') return String(name)
  return name + keys.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
}
