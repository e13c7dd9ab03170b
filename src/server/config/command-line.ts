import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearest } from './config-issue.ts'
import { ConfigSource, type ParsedSource } from './config-source.ts'
import { flagNames, settingsByName } from './names.ts'
import { settingTypes } from './setting-type.ts'
import { type SettingName, settingOf } from './settings-table.ts'

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type FlagToken = Extract<Token, { kind: 'option' }>

const isSwitch = (name: SettingName): boolean => settingOf(name).type === 'switch'
const needsNoValue = (name: SettingName): boolean =>
  isSwitch(name) || settingOf(name).bareValue !== undefined

const flags = settingsByName('flag')
/** `--no-list` etc., for switches that another source can turn on. */
const negations = new Map<string, SettingName>(
  [...flags]
    .filter(([, name]) => isSwitch(name) && settingOf(name).sources === undefined)
    .map(([flag, name]) => [`no-${flag}`, name]),
)

/** Which flags have values and letters, for `parseArgs`. */
const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
  [...flags, ...negations].map(([flag, name]) => {
    const { short } = settingOf(name)
    const hasLetter = short !== undefined && flag === flagNames(name)[0]
    return [flag, { type: needsNoValue(name) ? 'boolean' : 'string', ...(hasLetter && { short }) }]
  }),
)

export function parseCommandLine(argv: readonly string[], cwd: string): ParsedSource {
  const source = new ConfigSource(cwd)
  const tokens = attachOptionalValues(tokenize(argv))
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!
    if (token.kind === 'positional') {
      source.addText('root', 'ROOT', token.value)
    } else if (token.kind === 'option' && !addFlag(source, token)) {
      // What follows an unknown flag is more likely its value than the root.
      const next = tokens[at + 1]
      const isValue = token.value === undefined && next?.kind === 'positional'
      if (isValue) at += 1
      addUnknown(source, token, isValue ? next.value : token.value)
    }
  }
  return source.parse()
}

/**
 * Attaches arguments to flags with an optional value. There is at most one ROOT, so only if there
 * are two arguments can one of them be a value: `dist --single app.html` and
 * `--single app.html dist` give the file a name, `--single dist` does not.
 */
function attachOptionalValues(tokens: readonly Token[]): Token[] {
  let spare = tokens.filter(({ kind }) => kind === 'positional').length - 1
  const attached: Token[] = []
  for (const token of tokens) {
    const last = attached.at(-1)
    const mayTake = last?.kind === 'option' && last.value === undefined && flags.has(last.name)
    if (
      spare > 0 &&
      token.kind === 'positional' &&
      mayTake &&
      settingOf(flags.get(last.name)!).bareValue !== undefined
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
 * Splits the arguments. With `strict: false`, `parseArgs` does not stop at the first issue, but it
 * takes `--list` in `--port --list` for the port. As with `strict: true`, such a flag gets no value
 * here, and the flag after it is a flag. A negative number such as `-1` is a value.
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

/** Returns false if the flag is unknown. */
function addFlag(source: ConfigSource, { name: flag, rawName, value }: FlagToken): boolean {
  const isNegation = negations.has(flag)
  const name = negations.get(flag) ?? flags.get(flag)
  if (name === undefined) return false
  if (isNegation && value !== undefined) {
    source.addIssue({ location: rawName, value, message: 'must not have a value' })
  } else if (value !== undefined) {
    source.addText(name, rawName, value)
  } else if (isSwitch(name)) {
    source.add(name, { location: rawName, text: undefined, value: !isNegation })
  } else if (needsNoValue(name)) {
    source.addText(name, rawName, settingOf(name).bareValue!)
  } else {
    source.addIssue({
      location: rawName,
      value,
      message: `must have a value, ${settingTypes[name].allowed}`,
    })
  }
  return true
}

function addUnknown(
  source: ConfigSource,
  { name, rawName }: FlagToken,
  value: string | undefined,
): void {
  const near = nearest(name, [...flags.keys(), ...negations.keys()])
  source.addIssue({
    location: rawName,
    value,
    message: 'is not a known flag',
    suggestion: near && `--${near}`,
  })
}
