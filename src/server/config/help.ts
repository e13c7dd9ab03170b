import { flagNames } from './names.ts'
import { settingTypes } from './setting-type.ts'
import { namesIn, type SettingName, settingOf } from './settings.ts'

const columns = 100

const usage = `statewire: an HTTP/1.1 server for static assets

Usage: statewire [ROOT] [FLAGS]

  statewire site                 serve the folder "site" on http://127.0.0.1:4221
  statewire site -p 8080 --list  on another port, and list folders that have no index.html
  statewire -a 0.0.0.0:8080      serve the working folder on every interface
`

const notes = `
A TIME is in milliseconds or has a unit: 500ms, 30s, 2m, 1h.
A SIZE is in bytes or has a unit: 64KiB, 1MiB, 2GiB. NAMES are separated by commas.

What the command line does not say (--port 8080) is taken from the environment, where names are
upper-case (STATEWIRE_PORT=8080), then from the TOML file (port = 8080), then from the defaults.
`

/** The help screen: every setting under its group, in the order of the table. */
export function helpText(): string {
  const names = namesIn('flag')
  const indent = Math.max(...names.map(name => signature(name).length)) + 2
  let text = usage
  let group: string | undefined
  for (const name of names) {
    if (group !== settingOf(name).group) {
      group = settingOf(name).group
      text += `\n${group}\n`
    }
    const [first, ...rest] = wrap(description(name), columns - indent)
    text += `${signature(name).padEnd(indent)}${first}\n`
    for (const line of rest) text += `${' '.repeat(indent)}${line}\n`
  }
  return text + notes
}

/** `  -p, --port N` */
function signature(name: SettingName): string {
  const { short, kind, bare, in: sources } = settingOf(name)
  const letter = short === undefined ? '    ' : `-${short}, `
  const negation = kind === 'switch' && sources === undefined ? '[no-]' : ''
  const placeholder =
    bare === undefined
      ? ` ${settingTypes[name].placeholder}`
      : `[=${settingTypes[name].placeholder}]`
  return `  ${letter}--${negation}${flagNames(name)[0]}${placeholder}`.trimEnd()
}

function description(name: SettingName): string {
  const setting = settingOf(name)
  const choices = 'choices' in setting ? `: ${setting.choices.join(', ')}` : ''
  const remarks = [
    defaultText(name),
    ...flagNames(name)
      .slice(1)
      .map(also => `also --${also}`),
  ].filter(Boolean)
  return `${setting.description}${choices}${remarks.length === 0 ? '' : ` (${remarks.join('; ')})`}`
}

function defaultText(name: SettingName): string {
  const value = settingOf(name).default
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0))
    return ''
  return `default: ${typeof value === 'object' && 'text' in value ? value.text : value}`
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart()
    if (line.length <= width) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines
}
