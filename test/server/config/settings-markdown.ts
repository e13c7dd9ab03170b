import { flagNames, kebabName, variableName } from '../../../src/server/config/names.ts'
import { settingTypes } from '../../../src/server/config/setting-type.ts'
import { namesIn, type SettingName, settingOf } from '../../../src/server/config/settings-table.ts'

/** The text of docs/settings.md. */
export function settingsMarkdown(): string {
  const groups = [...new Set(namesIn('flag').map(name => settingOf(name).group))]
  const tables = groups.map(group =>
    [
      `## ${group}`,
      '',
      '| flag | variable | TOML key | default | meaning | valid values |',
      '|---|---|---|---|---|---|',
      ...namesIn('flag')
        .filter(name => settingOf(name).group === group)
        .map(name => `| ${settingCells(name).join(' | ')} |`),
    ].join('\n'),
  )
  return `# Settings

A flag overrides an environment variable, that a key of the TOML file, and that the default. In
code, \`serve()\` takes the same settings with names in camel case, such as \`idleTimeoutMs\`.
[operations.md](operations.md) describes how to use them together. This file is generated from the
table in \`src/server/config/settings-table.ts\` by \`npx vitest run test/docs.test.ts -u\`.

${tables.join('\n\n')}
`
}

function settingCells(name: SettingName): string[] {
  const setting = settingOf(name)
  const isIn = (kind: 'variable' | 'file'): boolean => namesIn(kind).includes(name)
  const value = setting.default
  const text = String((typeof value === 'object' && 'text' in value ? value.text : value) ?? '')
  return [
    flagNames(name)
      .map(flag => `\`--${flag}\``)
      .join(' '),
    isIn('variable') ? `\`${variableName(flagNames(name)[0]!)}\`` : '',
    isIn('file') ? `\`${kebabName(name)}\`` : '',
    text === '' ? 'none' : text,
    setting.description,
    settingTypes[name].allowed,
  ].map(cell => cell.replaceAll('|', '\\|'))
}
