import { readFileSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import type { AST } from 'toml-eslint-parser'
import {
  entryOf,
  isUnsafeName,
  type KeyPath,
  nearest,
  partAt,
  type RawValue,
  type SourceLocation,
} from './config-issue.ts'
import { ConfigSource } from './config-source.ts'
import { RULE_KEYS } from './rule-options.ts'
import { settingsByName } from './settings.ts'

type Node = AST.TOMLTable | AST.TOMLKeyValue | AST.TOMLContentNode

const keys = settingsByName('file')
/** Keys whose values are tables. */
const tableKeys = [...RULE_KEYS, 'hosts']

/** Parses the file that `named` names; if undefined, `statewire.toml`, which need not exist. */
export async function parseTomlFile(cwd: string, named?: RawValue): Promise<ConfigSource> {
  const name = named === undefined ? 'statewire.toml' : String(named.value)
  const path = resolve(cwd, name)
  const source = new ConfigSource(dirname(path))
  source.files.push(...pathsOf(path))
  let text: string
  try {
    // Some editors write a byte order mark.
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException
    const reason = getSystemErrorMap().get(errno)?.[1] ?? String(error)
    const location = named?.locate([]) ?? { location: name, value: undefined }
    if (named !== undefined || code !== 'ENOENT')
      source.refuse(location, `must be a file that can be read (${reason})`)
    return source.parse()
  }
  return parseToml(source, name, text)
}

/** The absolute path of a file, and its real path if it is another. */
function pathsOf(path: string): string[] {
  try {
    return [...new Set([path, realpathSync(path)])]
  } catch {
    // A file that an upload creates later would be read at a reload.
    return [path]
  }
}

async function parseToml(source: ConfigSource, file: string, text: string): Promise<ConfigSource> {
  // Imported here because most servers have no file, and loading the parser delays the start.
  const { parseTOML, getStaticTOMLValue, ParseError } = await import('toml-eslint-parser')
  let top: AST.TOMLTopLevelTable
  try {
    // toml-eslint-parser 1.0.3 does not parse a `0` at the end of the file; hence the line end.
    top = parseTOML(`${text}\n`).body[0]
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    const location = `${file}:${error.lineNumber}:${error.column + 1}`
    const problem = unquotedText(text, error) ?? error.message
    source.refuse({ location, value: undefined }, `must be valid TOML: ${problem}`)
    return source.parse()
  }

  const locationOf = (node: Node): SourceLocation => ({
    location: `${file}:${node.loc.start.line}`,
    value: node.type === 'TOMLTable' ? headerOf(node) : text.slice(...node.range),
  })
  const unsafe = unsafePairs(top)
  for (const node of unsafe) source.refuse(locationOf(node), 'is not a known key')
  if (unsafe.length > 0) return source.parse()
  const locations = locationsByPath(top, locationOf)
  const all: RawValue = {
    value: getStaticTOMLValue(top),
    locate: path => locations.get(JSON.stringify(path))!,
  }
  const rules: Record<string, unknown> = Object.create(null)
  for (const node of top.body) {
    const [first = '', ...others] = keyParts(node.key)
    const key = [first, ...others].join('.')
    const name = keys.get(key)
    if (isTable(first, node)) {
      if (first !== 'hosts') rules[first] = partAt(all.value, [first])
    } else if (node.type === 'TOMLTable') {
      const suggestion = nearest(key, tableKeys)
      const message =
        suggestion === undefined
          ? 'must not be a table; settings are keys at the top level, such as port = 8080'
          : 'is not a known table'
      source.refuse(locationOf(node), message, suggestion)
    } else if (name === undefined) {
      const suggestion = nearest(key, [...keys.keys(), ...tableKeys])
      source.refuse(locationOf(node), 'is not a known key', suggestion)
    } else {
      source.add(name, entryOf(all, key)!)
    }
  }
  const hosts = entryOf(all, 'hosts')
  if (Object.keys(rules).length === 0 && hosts === undefined) return source.parse()
  const schemas = await import('./rules-schema.ts')
  return source.parse({ rules: { ...all, value: rules }, hosts, schemas, keys })
}

/**
 * Whether a table or key at the top level is for rules or hosts. `single` and `cache` are settings
 * if their values are scalar, and lists of rules otherwise.
 */
function isTable(key: string, node: AST.TOMLTable | AST.TOMLKeyValue): boolean {
  const isScalar = node.type === 'TOMLKeyValue' && node.value.type === 'TOMLValue' && keys.has(key)
  return tableKeys.includes(key) && !isScalar
}

/** The location of each table, key and element of a file, by its path in JSON. */
function locationsByPath(
  top: AST.TOMLTopLevelTable,
  locationOf: (node: Node) => SourceLocation,
): Map<string, SourceLocation> {
  const locations = new Map<string, SourceLocation>()
  // `[a.b]` also creates `a`, unless it exists.
  const put = (path: KeyPath, location: SourceLocation): void => {
    for (let length = path.length; length > 0; length--) {
      const key = JSON.stringify(path.slice(0, length))
      if (!locations.has(key)) locations.set(key, location)
    }
  }
  const visit = (node: Node, base: KeyPath): void => {
    if (node.type === 'TOMLTable') {
      put(node.resolvedKey, locationOf(node))
      for (const pair of node.body) visit(pair, node.resolvedKey)
    } else if (node.type === 'TOMLKeyValue') {
      const path = [...base, ...keyParts(node.key)]
      put(path, locationOf(node))
      visit(node.value, path)
    } else if (node.type === 'TOMLInlineTable') {
      for (const pair of node.body) visit(pair, base)
    } else if (node.type === 'TOMLArray') {
      for (const [at, element] of node.elements.entries()) {
        const { location, value } = locationOf(element)
        put([...base, at], { location, value: `${String(base.at(-1))} = ${value}` })
        visit(element, [...base, at])
      }
    }
  }
  for (const node of top.body) visit(node, [])
  return locations
}

/** Returns the message for a value that lacks its quotes, undefined if that is not the error. */
function unquotedText(
  text: string,
  { lineNumber, column }: { readonly lineNumber: number; readonly column: number },
): string | undefined {
  const line = text.split(/\r?\n/)[lineNumber - 1] ?? ''
  const before = line.slice(0, column).replace(/[^\s=[,]*$/, '')
  const [word = ''] = /^[^\s,\]}#]*/.exec(line.slice(before.length)) ?? []
  if (!/=(?:.*[[,])?\s*$/.test(before) || word === '' || /["'=]/.test(word)) return undefined
  if (/^(?:true|false)$/i.test(word)) return `${word} is written ${word.toLowerCase()}`
  const [, key = ''] = /^(\s*[\w.-]+\s*=\s*)$/.exec(before) ?? []
  return `a text needs quotes, such as ${key.trimStart()}${JSON.stringify(word)}`
}

/** Returns the tables and keys with a name that leads to the prototypes of objects. */
function unsafePairs(top: AST.TOMLTopLevelTable): (AST.TOMLTable | AST.TOMLKeyValue)[] {
  const found: (AST.TOMLTable | AST.TOMLKeyValue)[] = []
  const visit = (node: Node): void => {
    if (node.type === 'TOMLTable' || node.type === 'TOMLKeyValue')
      if (keyParts(node.key).some(isUnsafeName)) found.push(node)
    if (node.type === 'TOMLKeyValue') visit(node.value)
    else if (node.type === 'TOMLArray') node.elements.forEach(visit)
    else if (node.type !== 'TOMLValue') node.body.forEach(visit)
  }
  top.body.forEach(visit)
  return found
}

/** `[a.b]` or `[[a.b]]`. */
function headerOf({ kind, key }: AST.TOMLTable): string {
  const name = keyParts(key).join('.')
  return kind === 'array' ? `[[${name}]]` : `[${name}]`
}

/** The parts of a dotted key, without quotes. */
function keyParts(key: AST.TOMLKey): string[] {
  return key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value))
}
