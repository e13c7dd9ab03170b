import { flagNames, namesIn, type SettingName, settingOf, settingTypeOf } from './settings.ts'

const COLUMNS = 100

const header = `statewire: an HTTP/1.1 server for static assets

Usage: statewire [ROOT] [FLAGS]

ROOT is the folder to serve, by default the working folder.

  statewire site                 serve the folder "site" on http://127.0.0.1:4221
  statewire site -p 8080 --list  use another port, and list folders that have no index.html
  statewire -a 0.0.0.0:8080      serve the working folder on all IPv4 interfaces
`

const footer = `
A TIME is in milliseconds or has a unit: 500ms, 30s, 2m, 1h.
A SIZE is in bytes or has a unit: 64KiB, 1MiB, 2GiB. Lists (ADDRESSES, NAMES, NETWORKS, ORIGINS)
are separated by commas; the flag may also be repeated.

A flag (--port 8080) overrides an environment variable (STATEWIRE_PORT=8080), that a key in the
TOML file (port = 8080), and that the default.
`

/** The output of `--help`: all settings by group, in the order of the table. */
export function helpText(): string {
  const names = namesIn('flag')
  const indent = Math.max(...names.map(name => signature(name).length)) + 2
  const margin = ' '.repeat(indent)
  let text = header
  for (const name of names) {
    const { heading } = settingOf(name)
    if (heading !== undefined) text += `\n${heading}\n`
    const lines = wrap(description(name), COLUMNS - indent)
    text += `${signature(name).padEnd(indent)}${lines.join(`\n${margin}`)}\n`
  }
  return text + footer
}

/** `  -p, --port N` */
function signature(name: SettingName): string {
  const { short, type, bareValue, sources } = settingOf(name)
  const letter = short === undefined ? '    ' : `-${short}, `
  const negation = (type === 'switch' || type === 'mode') && sources === undefined ? '[no-]' : ''
  const { placeholder } = settingTypeOf(name)
  const value = bareValue === undefined ? ` ${placeholder}` : `[=${placeholder}]`
  return `  ${letter}--${negation}${flagNames(name)[0]}${value}`.trimEnd()
}

function description(name: SettingName): string {
  const setting = settingOf(name)
  const choices = 'choices' in setting ? `: ${setting.choices.join(', ')}` : ''
  const value = defaultText(name)
  const [, ...otherFlags] = flagNames(name)
  const notes = [
    ...(value === '' || value === 'false' ? [] : [`default: ${value}`]),
    ...otherFlags.map(flag => `also --${flag}`),
  ]
  return `${setting.description}${choices}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
}

/** The default of a setting as text, empty for none. */
export function defaultText(name: SettingName): string {
  const { default: value = '' } = settingOf(name)
  return String(typeof value === 'object' && 'text' in value ? value.text : value)
}

/** Splits a text into lines of at most `width` columns. */
export function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart()
    if (line.length <= width) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines
}
