import { defaultText } from '../../../src/server/config/help.ts'
import {
  flagNames,
  kebabName,
  namesIn,
  type SettingName,
  settingOf,
  settingTypeOf,
  variableName,
} from '../../../src/server/config/settings.ts'

/** The text of docs/settings.md. */
export function settingsMarkdown(): string {
  const rows = namesIn('flag').map(name => {
    const { heading } = settingOf(name)
    return `${heading === undefined ? '' : tableHead(heading)}| ${settingCells(name).join(' | ')} |\n`
  })
  return `# Settings

A flag overrides an environment variable, that a key of the TOML file, and that the default. In
code, \`serve()\` takes the same settings with names in camel case, such as \`idleTimeoutMs\`.
[operations.md](operations.md) describes how to use them together. This file is generated from the
table in \`src/server/config/settings.ts\` by \`npx vitest run test/docs.test.ts -u\`.
${rows.join('')}`
}

function tableHead(heading: string): string {
  return `
## ${heading}

| flag | variable | TOML key | default | meaning | valid values |
|---|---|---|---|---|---|
`
}

function settingCells(name: SettingName): string[] {
  const flags = flagNames(name)
  const { bareValue } = settingOf(name)
  return [
    flags.map(flag => `\`--${flag}\``).join(' '),
    namesIn('variable').includes(name) ? `\`${variableName(flags[0]!)}\`` : '',
    namesIn('file').includes(name) ? `\`${kebabName(name)}\`` : '',
    defaultText(name) || 'none',
    settingOf(name).description,
    settingTypeOf(name).allowed +
      (bareValue === undefined ? '' : `; true, for ${bareValue}; or false, for none`),
  ].map(cell => cell.replaceAll('|', '\\|'))
}
