import { flagNames, kebabName } from '../../../src/server/config/names.ts'
import { settingTypes } from '../../../src/server/config/setting-type.ts'
import {
  namesIn,
  type Setting,
  type SettingName,
  settingOf,
} from '../../../src/server/config/settings-table.ts'

const COLUMNS = 100

const optionByFlag = new Map(
  namesIn('option').flatMap(name =>
    [kebabName(name), ...flagNames(name)].map(flag => [flag, name] as const),
  ),
)

/** The text of src/server/config/serve-options.ts. */
export function serveOptionsSource(): string {
  const options = namesIn('option').map(name => {
    const lines = [...wrap(documentation(name)), '', `@default ${defaultText(name)}`]
    const comment = lines.map(line => `   * ${line}`.trimEnd()).join('\n')
    return `  /**\n${comment}\n   */\n  readonly ${name}?: ${typeText(settingOf(name))} | undefined\n`
  })
  return `// Generated from settings-table.ts by \`npx vitest run test/docs.test.ts -u\`; do not edit.

import type { Address } from './address.ts'

/** The settings of the server. Each is optional. */
export interface ServeSettings {
${options.join('\n')}}
`
}

function documentation(name: SettingName): string {
  const { description, type } = settingOf(name)
  const inCode = description.replace(/--([a-z-]+)/g, (flag, kebab) => {
    const option = optionByFlag.get(kebab)
    if (option === undefined) throw new Error(`${name} mentions ${flag}`)
    return `\`${option}\``
  })
  return `${inCode}. ${valuesText(name, type)}`
}

function valuesText(name: SettingName, type: Setting['type']): string {
  const { allowed, list } = settingTypes[name]
  const sentence = allowed.replace(/^./, letter => letter.toUpperCase())
  switch (type) {
    case 'switch':
      return ''
    case 'duration':
      return `${sentence}; a number is in milliseconds.`
    case 'size':
      return `${sentence}; a number is in bytes.`
    case 'choices':
      return `${sentence}.`
    default:
      return list ? `Each is ${allowed}.` : `${sentence}.`
  }
}

function defaultText(name: SettingName): string {
  const { type, default: value } = settingOf(name)
  if (type === 'addresses') return '[{ host, port }]'
  if (value === undefined) return 'undefined'
  if (typeof value === 'object' && 'text' in value) return value.inCode ?? value.text
  if (Array.isArray(value)) return `[${value.map(quote).join(', ')}]`
  return typeof value === 'string' ? quote(value) : String(value)
}

function typeText(setting: Setting): string {
  switch (setting.type) {
    case 'count':
      return 'number'
    case 'duration':
    case 'size':
      return 'number | string'
    case 'switch':
      return 'boolean'
    case 'choice':
      return setting.choices.map(quote).join(' | ')
    case 'choices':
      return `readonly (${setting.choices.map(quote).join(' | ')})[]`
    case 'addresses':
      return 'readonly (Address | string)[]'
    case 'file-names':
    case 'origins':
    case 'networks':
      return 'readonly string[]'
    default:
      return 'string'
  }
}

function quote(text: string): string {
  return `'${text}'`
}

function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.trim().split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart()
    if (line.length + '   * '.length <= COLUMNS) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines
}
