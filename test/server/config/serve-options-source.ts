import { wrap } from '../../../src/server/config/help.ts'
import {
  namesIn,
  type Setting,
  type SettingName,
  settingOf,
  settingsByName,
  settingTypeOf,
} from '../../../src/server/config/settings.ts'

const COLUMNS = 100

const optionsByFlag = settingsByName('option')

/** The text of src/server/config/serve-options.ts. */
export function serveOptionsSource(): string {
  const options = namesIn('option').map(name => {
    const setting = settingOf(name)
    const bare = setting.bareValue === undefined ? '' : ' | boolean'
    const type = typeText(setting) + bare
    return `${docblock(name)}\n  readonly ${name}?: ${type} | undefined\n`
  })
  return `// Generated from settings.ts by \`npx vitest run test/docs.test.ts -u\`; do not edit.

import type { Address } from './address.ts'

/**
 * The settings of the server. Each is optional. A duration is a number of milliseconds or a text
 * such as 500ms, 30s, 2m or 1h; a size is a number of bytes or a text such as 64KiB or 1MiB.
 */
export interface ServeSettings {
${options.join('')}}
`
}

/** On one line if it fits. */
function docblock(name: SettingName): string {
  const text = documentation(name)
  const tag = `@default ${defaultText(name)}`
  const line = `  /** ${text} ${tag} */`
  if (line.length <= COLUMNS) return line
  const lines = [...wrap(text, COLUMNS - '   * '.length), tag]
  return `  /**\n${lines.map(line => `   * ${line}\n`).join('')}   */`
}

function documentation(name: SettingName): string {
  const description = settingOf(name).description.replace(/--([a-z-]+)/g, (flag, kebab) => {
    const option = optionsByFlag.get(kebab)
    if (option === undefined) throw new Error(`${name} mentions ${flag}`)
    return `\`${option}\``
  })
  const { bareValue } = settingOf(name)
  const bare = bareValue === undefined ? '' : ` \`true\` stands for ${bareValue}.`
  return `${description}. ${valuesText(name)}`.trimEnd() + bare
}

/** The valid values, as far as the type and the description do not show them. */
function valuesText(name: SettingName): string {
  const setting = settingOf(name)
  const { allowed, list } = settingTypeOf(name)
  switch (setting.type) {
    case 'switch':
    case 'mode':
    case 'choice':
    case 'choices':
    case 'folder':
      return ''
    case 'count':
    case 'duration':
    case 'size':
      return `From ${setting.range.join(' to ')}.`
    default:
      return list ? `Each is ${allowed}.` : `${allowed.replace(/^./, a => a.toUpperCase())}.`
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
    case 'mode':
      return `${setting.choices.map(quote).join(' | ')} | boolean`
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
