import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearest } from './config-issue.ts'
import { ConfigSource } from './config-source.ts'
import {
  flagNames,
  type SettingName,
  settingOf,
  settingsByName,
  settingTypeOf,
} from './settings.ts'

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

const isSwitch = (name: SettingName): boolean => settingOf(name).type === 'switch'
const isMode = (name: SettingName): boolean => settingOf(name).type === 'mode'

const flags = settingsByName('flag')
/** `--no-list` etc., for switches that another source can turn on. */
const negations = new Map(
  [...flags]
    .filter(([, name]) => (isSwitch(name) || isMode(name)) && settingOf(name).sources === undefined)
    .map(([flag, name]) => [`no-${flag}`, name]),
)

/** Which flags have values and letters, for `parseArgs`. */
const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
  [...flags, ...negations].map(([flag, name]) => {
    const { short, bareValue } = settingOf(name)
    const hasLetter = short !== undefined && flag === flagNames(name)[0]
    const type = isSwitch(name) || bareValue !== undefined ? 'boolean' : 'string'
    return [flag, { type, ...(hasLetter && { short }) }]
  }),
)

export function parseCommandLine(argv: readonly string[], cwd: string): ConfigSource {
  const source = new ConfigSource(cwd)
  const tokens = tokenize(argv)
  // There is at most one ROOT, so only if there are two arguments can one of them be an optional
  // value: `dist --single app.html` and `--single app.html dist` name the file, `--single dist`
  // does not.
  let spare = tokens.filter(({ kind }) => kind === 'positional').length - 1
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!
    if (token.kind === 'positional') source.addText('root', 'ROOT', token.value)
    if (token.kind !== 'option') continue
    const { name: flag, rawName: location } = token
    const name = flags.get(flag)
    const hasOptionalValue =
      name !== undefined && settingOf(name).bareValue !== undefined && !isMode(name) && spare > 0
    // What follows an unknown flag is more likely its value than the root.
    const isUnknown = name === undefined && !negations.has(flag)
    let { value } = token
    const next = tokens[at + 1]
    const isItsValue =
      isUnknown ||
      hasOptionalValue ||
      (name !== undefined && next?.kind === 'positional' && isModeWord(name, next.value))
    if (value === undefined && next?.kind === 'positional' && isItsValue) {
      value = next.value
      at += 1
      if (!isUnknown) spare -= 1
    }
    addFlag(source, flag, location, value)
  }
  return source.parse()
}

/** Whether a text can only be meant as the value of a mode: other texts are the root. */
function isModeWord(name: SettingName, text: string): boolean {
  const setting = settingOf(name)
  return setting.type === 'mode' && [...setting.choices, 'true', 'false'].includes(text)
}

/**
 * Splits the arguments. With `strict: false`, `parseArgs` does not stop at the first issue, but it
 * takes `--list` in `--port --list` for the port. As with `strict: true`, such a flag gets no value
 * here, and the flag after it is a flag. A negative number such as `-1` is a value.
 */
function tokenize(args: readonly string[]): Token[] {
  const config = { args, options, strict: false, allowPositionals: true, tokens: true } as const
  const { tokens } = parseArgs(config)
  const at = tokens.findIndex(
    token => token.kind === 'option' && token.inlineValue === false && /^-\D/.test(token.value),
  )
  const token = tokens[at]
  if (token?.kind !== 'option') return tokens
  return [
    ...tokens.slice(0, at),
    { ...token, value: undefined, inlineValue: undefined },
    ...tokenize(args.slice(token.index + 1)),
  ]
}

function addFlag(
  source: ConfigSource,
  flag: string,
  location: string,
  value: string | undefined,
): void {
  const isNegation = negations.has(flag)
  const name = flags.get(flag) ?? negations.get(flag)
  if (name === undefined) {
    const near = nearest(flag, [...flags.keys(), ...negations.keys()])
    source.refuse({ location, value }, 'is not a known flag', near && `--${near}`)
  } else if (isNegation && value !== undefined) {
    source.refuse({ location, value }, 'must not have a value')
  } else if ((isNegation || isSwitch(name)) && value === undefined) {
    source.add(name, { value: !isNegation, locate: () => ({ location, value }) })
  } else {
    const text = value ?? settingOf(name).bareValue
    if (text !== undefined) source.addText(name, location, text)
    else source.refuse({ location, value }, `must have a value, ${settingTypeOf(name).allowed}`)
  }
}
