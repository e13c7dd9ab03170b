import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import type { AST } from 'toml-eslint-parser'
import { nearest } from './config-issue.ts'
import { ConfigSource, type SourceValue } from './config-source.ts'
import { namesKnown } from './names.ts'
import { ruleKeys } from './rules-schema.ts'
import { settingTypes } from './setting-type.ts'
import { headerOf, keyParts, type Told, TomlLocations } from './toml-locations.ts'

/** A file to read: named by a flag or a variable, or else the one that may stand in the working folder. */
export type TomlFile = { readonly name: string; readonly namedBy: string | undefined }

const keys = namesKnown('file')
const HOSTS = 'hosts'
/** What is written as tables. */
const tableKeys = [...ruleKeys, HOSTS]

export async function readTomlFile(
  { name, namedBy }: TomlFile,
  cwd: string,
): Promise<ConfigSource> {
  const path = resolve(cwd, name)
  const layer = new ConfigSource(dirname(path))
  const file = readText(path)
  if ('text' in file) {
    await addToml(layer, name, file.text)
  } else if (namedBy !== undefined || file.exists) {
    const [source, value] = namedBy === undefined ? [name, undefined] : [namedBy, name]
    layer.addProblem({ source, value, allowed: `must be a file that can be read (${file.reason})` })
  }
  return layer
}

function readText(path: string): { text: string } | { exists: boolean; reason: string } {
  try {
    // Some editors put a byte order mark before a TOML file.
    return { text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') }
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException
    return {
      exists: code !== 'ENOENT',
      reason: getSystemErrorMap().get(errno)?.[1] ?? String(error),
    }
  }
}

async function addToml(layer: ConfigSource, file: string, text: string): Promise<void> {
  // Imported here because most servers have no file, and the start need not wait for it.
  const { parseTOML, getStaticTOMLValue, ParseError } = await import('toml-eslint-parser')
  const textOf = (node: AST.TOMLNode): string => text.slice(...node.range)
  const sourceOf = (node: AST.TOMLNode): string => `${file}:${node.loc.start.line}`

  let top: AST.TOMLTopLevelTable
  try {
    // The line end is for toml-eslint-parser 1.0.3, which loses the end of a `0` that ends the file.
    top = parseTOML(`${text}\n`).body[0]
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    const source = `${file}:${error.lineNumber}:${error.column + 1}`
    layer.addProblem({ source, value: undefined, allowed: `must be TOML: ${error.message}` })
    return
  }

  addRules(layer, top, getStaticTOMLValue(top), node => ({
    source: sourceOf(node),
    text: textOf(node),
  }))
  for (const node of top.body) {
    const key = keyParts(node.key).join('.')
    const name = keys.get(key)
    if (isOfRules(node)) continue
    if (node.type === 'TOMLTable') {
      const suggestion = nearest(key, tableKeys)
      const allowed =
        suggestion === undefined
          ? 'must not be a table: every key stands at the top'
          : 'is not a known table'
      layer.addProblem({ source: sourceOf(node), value: headerOf(node), allowed, suggestion })
    } else if (name === undefined) {
      const suggestion = nearest(key, [...keys.keys(), ...tableKeys])
      layer.addProblem({
        source: sourceOf(node),
        value: textOf(node),
        allowed: 'is not a known key',
        suggestion,
      })
    } else {
      const whole: SourceValue = {
        source: sourceOf(node),
        written: textOf(node),
        value: getStaticTOMLValue(node.value),
      }
      const elements =
        settingTypes[name].list && node.value.type === 'TOMLArray'
          ? node.value.elements.map(element => ({
              source: sourceOf(element),
              written: `${key} = ${textOf(element)}`,
              value: getStaticTOMLValue(element),
            }))
          : undefined
      layer.add(name, whole, elements)
    }
  }
}

/** Whether a table or a key at the top is for rules or hosts; of `single`, which is a setting too, whether it is a list. */
function isOfRules(node: AST.TOMLTable | AST.TOMLKeyValue): boolean {
  const [key = ''] = keyParts(node.key)
  const isScalar = node.type === 'TOMLKeyValue' && node.value.type === 'TOMLValue' && keys.has(key)
  return tableKeys.includes(key) && !isScalar
}

function addRules(
  layer: ConfigSource,
  top: AST.TOMLTopLevelTable,
  value: Readonly<Record<string, unknown>>,
  tell: (node: AST.TOMLNode) => Told,
): void {
  const found = new Set(top.body.filter(isOfRules).map(node => keyParts(node.key)[0]!))
  if (found.size === 0) return
  const places = new TomlLocations(top, tell)
  const { hosts, ...rules } = Object.fromEntries([...found].map(key => [key, value[key]]))
  if (Object.keys(rules).length > 0)
    layer.addRules({ value: rules, locate: path => places.at(path) })
  if (found.has(HOSTS))
    layer.addHosts({ value: hosts, locate: path => places.at([HOSTS, ...path]) })
}
