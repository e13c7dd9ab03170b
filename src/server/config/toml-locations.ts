import type { AST } from 'toml-eslint-parser'
import type { SourceLocation } from './config-issue.ts'
import type { KeyPath } from './parse-rules.ts'

/** Returns the location and the text of a node. */
export type Locate = (node: AST.TOMLNode) => { readonly location: string; readonly text: string }

/** The location of each table, key and element of a TOML file, by its path. */
export class TomlLocations {
  readonly #locations = new Map<string, SourceLocation>()
  readonly #locate: Locate

  constructor(top: AST.TOMLTopLevelTable, locate: Locate) {
    this.#locate = locate
    for (const node of top.body) {
      if (node.type === 'TOMLTable') this.#addTable(node)
      else this.#addPair([], node)
    }
  }

  at(path: KeyPath): SourceLocation | undefined {
    return this.#locations.get(JSON.stringify(path))
  }

  #addTable(table: AST.TOMLTable): void {
    const { location } = this.#locate(table)
    this.#put(table.resolvedKey, { location, value: headerOf(table) })
    for (const pair of table.body) this.#addPair(table.resolvedKey, pair)
  }

  #addPair(base: KeyPath, pair: AST.TOMLKeyValue): void {
    const path = [...base, ...keyParts(pair.key)]
    const { location, text } = this.#locate(pair)
    this.#put(path, { location, value: text })
    this.#addValue(path, pair.value)
  }

  #addValue(path: KeyPath, value: AST.TOMLContentNode): void {
    if (value.type === 'TOMLInlineTable') for (const pair of value.body) this.#addPair(path, pair)
    if (value.type !== 'TOMLArray') return
    for (const [at, element] of value.elements.entries()) {
      const { location, text } = this.#locate(element)
      this.#put([...path, at], { location, value: `${String(path.at(-1))} = ${text}` })
      this.#addValue([...path, at], element)
    }
  }

  /** `[a.b]` also creates `a`, unless it exists. */
  #put(path: KeyPath, location: SourceLocation): void {
    for (let length = path.length; length > 0; length--) {
      const key = JSON.stringify(path.slice(0, length))
      if (!this.#locations.has(key)) this.#locations.set(key, location)
    }
  }
}

/** `[a.b]` or `[[a.b]]`. */
export function headerOf({ kind, key }: AST.TOMLTable): string {
  const name = keyParts(key).join('.')
  return kind === 'array' ? `[[${name}]]` : `[${name}]`
}

/** The parts of a dotted key, without quotes. */
export function keyParts(key: AST.TOMLKey): string[] {
  return key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value))
}
