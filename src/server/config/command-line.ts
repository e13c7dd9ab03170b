import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearest } from './config-issue.ts'
import { ConfigSource } from './config-source.ts'
import { flagNames, namesKnown } from './names.ts'
import { settingTypes } from './setting-type.ts'
import { type SettingName, settingOf } from './settings.ts'

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

const isSwitch = (name: SettingName): boolean => settingOf(name).kind === 'switch'
/** Whether the flag may stand alone. */
const isBare = (name: SettingName): boolean => isSwitch(name) || settingOf(name).bare !== undefined

const flags = namesKnown('flag')
/** `--no-list` and its like, for the switches that a lower source can turn on. */
const negations = new Map<string, SettingName>(
  [...flags]
    .filter(([, name]) => isSwitch(name) && settingOf(name).in === undefined)
    .map(([flag, name]) => [`no-${flag}`, name]),
)

/** What `parseArgs` has to know: which flags take a value, and their letters. */
const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
  [...flags, ...negations].map(([flag, name]) => {
    const { short } = settingOf(name)
    const hasLetter = short !== undefined && flag === flagNames(name)[0]
    return [flag, { type: isBare(name) ? 'boolean' : 'string', ...(hasLetter && { short }) }]
  }),
)

export function readCommandLine(argv: readonly string[], cwd: string): ConfigSource {
  const layer = new ConfigSource(cwd)
  const tokens = valuesAttached(tokenize(argv))
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!
    if (token.kind === 'positional') {
      layer.addText('root', 'ROOT', token.value)
    } else if (token.kind === 'option' && !addFlag(layer, token)) {
      // What follows a flag that nobody knows is more likely its value than the root.
      const next = tokens[at + 1]
      const isValue = token.value === undefined && next?.kind === 'positional'
      if (isValue) at += 1
      addUnknown(layer, token, isValue ? next.value : token.value)
    }
  }
  return layer
}

/**
 * There is one ROOT at most. So of `dist --single app.html` and `--single app.html dist` the flag has the name behind it, and
 * of `--single dist` it has not.
 */
function valuesAttached(tokens: readonly Token[]): Token[] {
  let spare = tokens.filter(({ kind }) => kind === 'positional').length - 1
  const attached: Token[] = []
  for (const token of tokens) {
    const last = attached.at(-1)
    const mayTake = last?.kind === 'option' && last.value === undefined && flags.has(last.name)
    if (
      spare > 0 &&
      token.kind === 'positional' &&
      mayTake &&
      settingOf(flags.get(last.name)!).bare !== undefined
    ) {
      const { kind, name, rawName, index } = last
      attached[attached.length - 1] = {
        kind,
        name,
        rawName,
        index,
        value: token.value,
        inlineValue: false,
      }
      spare -= 1
    } else attached.push(token)
  }
  return attached
}

/**
 * With `strict: false` all problems can be told, not the first alone; but then `--port --list` makes `--list` the
 * port. Such a flag has no value, as with `strict: true`, and the flag behind it counts. A number, `-1`, is a value.
 */
function tokenize(args: readonly string[]): Token[] {
  const { tokens } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'option' && token.inlineValue === false && /^-\D/.test(token.value)) {
      const { kind, name, rawName, index } = token
      const bare: Token = { kind, name, rawName, index, value: undefined, inlineValue: undefined }
      return [...tokens.slice(0, at), bare, ...tokenize(args.slice(index + 1))]
    }
  }
  return tokens
}

/** False if there is no such flag. */
function addFlag(layer: ConfigSource, { name, rawName, value }: OptionToken): boolean {
  const isNegation = negations.has(name)
  const setting = negations.get(name) ?? flags.get(name)
  if (setting === undefined) return false
  if (isNegation && value !== undefined) {
    layer.addProblem({ source: rawName, value, allowed: 'must not have a value' })
  } else if (value !== undefined) {
    layer.addText(setting, rawName, value)
  } else if (isSwitch(setting)) {
    layer.add(setting, { source: rawName, written: undefined, value: !isNegation })
  } else if (isBare(setting)) {
    layer.addText(setting, rawName, settingOf(setting).bare!)
  } else {
    layer.addProblem({
      source: rawName,
      value,
      allowed: `must have a value, ${settingTypes[setting].allowed}`,
    })
  }
  return true
}

function addUnknown(
  layer: ConfigSource,
  { name, rawName }: OptionToken,
  value: string | undefined,
): void {
  const near = nearest(name, [...flags.keys(), ...negations.keys()])
  layer.addProblem({
    source: rawName,
    value,
    allowed: 'is not a known flag',
    suggestion: near && `--${near}`,
  })
}
