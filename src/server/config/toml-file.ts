import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import type { AST } from 'toml-eslint-parser'
import { nearest } from './config-issue.ts'
import { ConfigSource, type ParsedSource, type RawValue } from './config-source.ts'
import { settingsByName } from './names.ts'
import { ruleKeys } from './rules-schema.ts'
import { settingTypes } from './setting-type.ts'
import { headerOf, keyParts, type Locate, TomlLocations } from './toml-locations.ts'

export type TomlFile = {
  readonly name: string
  /** The flag or variable that names the file. If undefined, the file need not exist. */
  readonly namedBy: string | undefined
}

const keys = settingsByName('file')
const HOSTS = 'hosts'
/** Keys whose values are tables. */
const tableKeys = [...ruleKeys, HOSTS]

export async function parseTomlFile(
  { name, namedBy }: TomlFile,
  cwd: string,
): Promise<ParsedSource> {
  const path = resolve(cwd, name)
  const source = new ConfigSource(dirname(path))
  const file = readText(path)
  if ('text' in file) {
    await addToml(source, name, file.text)
  } else if (namedBy !== undefined || file.exists) {
    const [location, value] = namedBy === undefined ? [name, undefined] : [namedBy, name]
    source.addIssue({
      location,
      value,
      message: `must be a file that can be read (${file.reason})`,
    })
  }
  return source.parse()
}

function readText(path: string): { text: string } | { exists: boolean; reason: string } {
  try {
    // Some editors write a byte order mark.
    return { text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') }
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException
    return {
      exists: code !== 'ENOENT',
      reason: getSystemErrorMap().get(errno)?.[1] ?? String(error),
    }
  }
}

async function addToml(source: ConfigSource, file: string, text: string): Promise<void> {
  // Imported here because most servers have no file, and loading the parser delays the start.
  const { parseTOML, getStaticTOMLValue, ParseError } = await import('toml-eslint-parser')
  const locate: Locate = node => ({
    location: `${file}:${node.loc.start.line}`,
    text: text.slice(...node.range),
  })
  const toRaw = (located: AST.TOMLNode, valueNode: AST.TOMLContentNode): RawValue => ({
    ...locate(located),
    value: getStaticTOMLValue(valueNode),
  })

  let top: AST.TOMLTopLevelTable
  try {
    // toml-eslint-parser 1.0.3 does not parse a `0` at the end of the file; hence the line end.
    top = parseTOML(`${text}\n`).body[0]
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    const location = `${file}:${error.lineNumber}:${error.column + 1}`
    source.addIssue({ location, value: undefined, message: `must be valid TOML: ${error.message}` })
    return
  }

  addRules(source, top, getStaticTOMLValue(top), locate)
  for (const node of top.body) {
    const key = keyParts(node.key).join('.')
    const name = keys.get(key)
    if (isRules(node)) continue
    const { location, text } = locate(node)
    if (node.type === 'TOMLTable') {
      const suggestion = nearest(key, tableKeys)
      const message =
        suggestion === undefined
          ? 'must not be a table; settings are keys at the top level, such as port = 8080'
          : 'is not a known table'
      source.addIssue({ location, value: headerOf(node), message, suggestion })
    } else if (name === undefined) {
      const suggestion = nearest(key, [...keys.keys(), ...tableKeys])
      source.addIssue({ location, value: text, message: 'is not a known key', suggestion })
    } else {
      const elements =
        settingTypes[name].list && node.value.type === 'TOMLArray'
          ? node.value.elements.map(element => {
              const raw = toRaw(element, element)
              return { ...raw, text: `${key} = ${raw.text}` }
            })
          : undefined
      source.add(name, toRaw(node, node.value), elements)
    }
  }
}

/**
 * Whether a table or key at the top level is for rules or hosts. `single` is a setting if its value
 * is a string, and a list of rules otherwise.
 */
function isRules(node: AST.TOMLTable | AST.TOMLKeyValue): boolean {
  const [key = ''] = keyParts(node.key)
  const isScalar = node.type === 'TOMLKeyValue' && node.value.type === 'TOMLValue' && keys.has(key)
  return tableKeys.includes(key) && !isScalar
}

function addRules(
  source: ConfigSource,
  top: AST.TOMLTopLevelTable,
  value: Readonly<Record<string, unknown>>,
  locate: Locate,
): void {
  const found = new Set(top.body.filter(isRules).map(node => keyParts(node.key)[0]!))
  if (found.size === 0) return
  const locations = new TomlLocations(top, locate)
  const { hosts, ...rules } = Object.fromEntries([...found].map(key => [key, value[key]]))
  if (Object.keys(rules).length > 0)
    source.addRules({ value: rules, locate: path => locations.at(path) })
  if (found.has(HOSTS))
    source.addHosts({ value: hosts, locate: path => locations.at([HOSTS, ...path]) })
}
